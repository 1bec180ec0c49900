package wine
import ("testing";"time")
func TestTry(t *testing.T) {
	h, err := Start(t.TempDir())
	if err != nil { t.Fatal(err) }
	defer func() { t.Log(h.Close()) }()
	b:=time.Now()
	exe, err := h.Build("netstat/test/wine/helper", false)
	if err != nil { t.Fatal(err) }
	t.Log("built", time.Since(b))
	b=time.Now()
	t.Log(h.Native("ip","addr","add","192.0.2.5/24","dev","lo"))
	p, err := h.Begin(exe, "hold", "127.0.0.1", "::1")
	if err != nil { t.Fatal(err) }
	buf:=make([]byte, 4096)
	n,_:=p.Stdout.Read(buf)
	t.Logf("%s", buf[:n])
	r, err := h.Run(exe, "rows", "-facts", "1023")
	t.Logf("%v %d\n%s\n%s", err, r.Code, r.Stdout, r.Stderr)
	t.Log("ran", time.Since(b))
	t.Log(p.Stop())
}
