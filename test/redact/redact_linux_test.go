// Package redact tests that a redacted snapshot of a real host holds nothing personal and
// answers what the snapshot answers.
package redact

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"
)

// personal are things that the host of script has and that no redacted snapshot may hold.
var personal = []string{
	"quagmire", "zebulon", "fjordman", "hushhush", "wombatville", "squidward", "marzipan", "tangerine", "gherkin",
	"203.0.113.77", "203.0.113.78", "2001:db8:77:88::99", "2001:db8:77:88::9a", "10.77.88.", "fe80::77ff:fe88",
	"06:77:88:99:aa:bb", "06:77:88:99:aa:cc", "48151623",
}

// script makes the host in namespaces of its own. $1 is the program, $2 a directory.
const script = `
set -e
hostname quagmire.wombatville.example
ip link set lo up
ip link add marzipan type veth peer name veth0
ip link set veth0 up
ip link set marzipan address 06:77:88:99:aa:bb alias 'uplink of tangerine'
ip link set marzipan up
ip address add 10.77.88.9/24 broadcast 10.77.88.255 dev marzipan label marzipan:gher
ip address add 203.0.113.77/28 dev marzipan
ip address add 2001:db8:77:88::99/64 dev marzipan nodad
ip route add default via 203.0.113.78
ip route add 10.77.89.0/24 via 10.77.88.1
ip neighbor add 10.77.88.7 lladdr 06:77:88:99:aa:cc dev marzipan
ip -6 neighbor add 2001:db8:77:88::9a lladdr 06:77:88:99:aa:cc dev marzipan
mkdir -p "$2/squidward"
printf '10.77.88.9 zebulon.wombatville.example\n203.0.113.77 fjordman\n' > "$2/hosts"
cat /etc/hosts >> "$2/hosts"
mount --bind "$2/hosts" /etc/hosts
cp "$(readlink -f /usr/bin/python3)" "$2/squidward/gherkin"
cat > "$2/squidward/fjordman.py" <<'END'
import socket, sys, time
keep = []
def tcp(host, port):
    l = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    c = socket.create_connection((host, port))
    keep.extend([l, c, l.accept()[0]])
tcp("10.77.88.9", 5432)
tcp("203.0.113.77", 443)
tcp("2001:db8:77:88::99", 22)
tcp("127.0.0.1", 8080)
u = socket.socket(socket.AF_UNIX); u.bind(sys.argv[1] + "/squidward/tangerine.sock"); u.listen(); keep.append(u)
a = socket.socket(socket.AF_UNIX); a.bind(b"\0zebulon\xff\xfe-abstract"); a.listen(); keep.append(a)
d = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); d.bind(("10.77.88.255", 9999)); keep.append(d)
print("ready", flush=True)
sys.stdin.read()
END
mkfifo "$2/in" "$2/out"
PYTHONHOME=/usr "$2/squidward/gherkin" "$2/squidward/fjordman.py" "$2" --password=hushhush --peer 203.0.113.78:80 zebulon@wombatville.example 48151623 < "$2/in" > "$2/out" 2> "$2/err" &
exec 9> "$2/in"
read -r word < "$2/out" || { cat "$2/err" >&2; exit 1; }
"$1" --snapshot "$2/plain.json" 2> "$2/plain.err" || true
"$1" --snapshot "$2/live.json" --redact 2> "$2/live.err" || true
"$1" --snapshot "$2/live.json.zst" --redact 2> "$2/live.err" || true
`

func host(t *testing.T) (program, dir string) {
	if os.Geteuid() != 0 {
		t.Fatal("must run as root: it makes namespaces")
	}
	dir = t.TempDir()
	program = filepath.Join(dir, "netstat")
	if out, err := exec.Command("go", "build", "-o", program, "netstat/cmd/netstat").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if out, err := exec.Command("unshare", "--net", "--uts", "--mount", "--ipc", "sh", "-c", script, "sh", program, dir).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	out, err := exec.Command(program, "--replay", dir+"/plain.json", "--snapshot", dir+"/copy.json", "--redact").CombinedOutput()
	if err != nil && len(out) == 0 {
		t.Fatal(err)
	}
	return program, dir
}

// texts returns a document as it is and with its base64 texts decoded.
func texts(t *testing.T, document []byte) string {
	var v any
	if err := json.Unmarshal(document, &v); err != nil {
		t.Fatal(err)
	}
	all := bytes.NewBuffer(document)
	var visit func(v any)
	visit = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			for key, value := range v {
				all.WriteString("\n" + key)
				visit(value)
			}
		case []any:
			for _, value := range v {
				visit(value)
			}
		case string:
			all.WriteString("\n" + v)
			if decoded, err := base64.StdEncoding.DecodeString(v); err == nil {
				all.WriteString("\n" + string(decoded))
			}
		}
	}
	visit(v)
	return strings.ToLower(all.String())
}

// namedFields are those of processes whose words are personal unless they are well known.
var namedFields = []string{
	"argv0", "args", "comm", "executable", "context", "user", "cgroup", "unit", "user_unit", "slice", "container", "services",
}

// commonHosts are names that Debian gives to addresses on every host.
var commonHosts = []string{"ip6-localhost", "ip6-loopback", "ip6-allnodes", "ip6-allrouters", "ip6-localnet", "ip6-mcastprefix"}

// hostWords returns the words of a snapshot with everything that a redacted one may not
// have: the names of the host, its users and hosts, and those of processes with their
// arguments, units and containers.
func hostWords(t *testing.T, document []byte) map[string]bool {
	var d struct {
		Host      struct{ Name string }
		Processes []map[string]any
		Names     struct{ Users, Hosts []map[string]any }
	}
	if err := json.Unmarshal(document, &d); err != nil {
		t.Fatal(err)
	}
	words := map[string]bool{}
	add := func(v any) {
		eachText(v, func(_, text string) {
			for _, word := range split(text) {
				words[word] = true
			}
		})
	}
	add(d.Host.Name)
	for _, p := range d.Processes {
		for _, field := range namedFields {
			add(p[field])
			add(p[field+"_bytes"])
		}
	}
	for _, named := range slices.Concat(d.Names.Users, d.Names.Hosts) {
		if !slices.Contains(commonHosts, fmt.Sprint(named["name"])) {
			add(named["name"])
		}
	}
	for _, list := range []string{"known.txt", "messages.txt"} {
		for word := range strings.FieldsSeq(string(read(t, "../../internal/redact/"+list))) {
			delete(words, word)
		}
	}
	delete(words, "localhost") // every host has this name
	return words
}

// keptFields have words of the kernel and of this program.
var keptFields = []string{
	"schema", "content", "program", "system", "family", "proto", "state", "timer", "congestion", "ca_state", "kind", "type", "flags", "facts",
	"absent", "ulp", "driver", "slave_kind", "queue_discipline", "hardware_type", "oper_state", "operation", "counter_facts", "fanout", "via",
	"runtime", "scope", "origin", "status", "parent_bus", "settings", "slave_settings", "time", "started",
}

// documentWords returns the words of a document that are not of fields with words of the
// kernel, each with the field that it is in.
func documentWords(t *testing.T, document []byte) map[string]string {
	var d map[string]any
	if err := json.Unmarshal(document, &d); err != nil {
		t.Fatal(err)
	}
	delete(d, "counters")
	delete(d, "measures")
	if names, ok := d["names"].(map[string]any); ok {
		delete(names, "services")
		delete(names, "protocols")
	}
	words := map[string]string{}
	eachText(d, func(field, text string) {
		for _, word := range split(text) {
			words[word] = field
		}
	})
	return words
}

// eachText calls f with each text in a value and the name of its field, which is not one of
// keptFields.
func eachText(v any, f func(field, text string)) {
	var visit func(field string, v any)
	visit = func(field string, v any) {
		switch v := v.(type) {
		case map[string]any:
			for key, value := range v {
				if !slices.Contains(keptFields, key) {
					visit(key, value)
				}
			}
		case []any:
			for _, value := range v {
				visit(field, value)
			}
		case string:
			if strings.HasSuffix(field, "_bytes") {
				if decoded, err := base64.StdEncoding.DecodeString(v); err == nil {
					v = string(decoded)
				}
			}
			f(field, v)
		}
	}
	visit("", v)
}

// split returns the words of a text, in lower case, without numbers of up to three digits
// and words of up to two letters.
func split(text string) []string {
	words := strings.FieldsFunc(strings.ToLower(text), func(c rune) bool { return !unicode.IsLetter(c) && !unicode.IsDigit(c) })
	return slices.DeleteFunc(words, func(word string) bool {
		return len(word) <= 2 || len(word) <= 3 && strings.Trim(word, "0123456789") == ""
	})
}

func read(t *testing.T, name string) []byte {
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestRedacted looks for everything personal in redacted snapshots, and compares their
// answers with those of the snapshot with everything.
func TestRedacted(t *testing.T) {
	program, dir := host(t)
	plain := texts(t, read(t, dir+"/plain.json"))
	for _, word := range personal {
		if word != "fe80::77ff:fe88" && !strings.Contains(plain, word) {
			t.Errorf("the host does not have %s: nothing is tested", word)
		}
	}
	words := hostWords(t, read(t, dir+"/plain.json"))
	for _, word := range []string{"quagmire", "fjordman", "hushhush", "gherkin"} {
		if !words[word] {
			t.Errorf("%s is not among the words of the host", word)
		}
	}
	unpacked, err := exec.Command("zstd", "-dc", dir+"/live.json.zst").Output()
	if err != nil {
		t.Fatal(err)
	}
	for name, document := range map[string][]byte{
		"live.json": read(t, dir+"/live.json"), "copy.json": read(t, dir+"/copy.json"), "live.json.zst": unpacked,
	} {
		if !bytes.Contains(document, []byte(`"redacted":true`)) {
			t.Errorf("%s does not say that it is redacted", name)
		}
		found := texts(t, document)
		for _, word := range personal {
			if i := strings.Index(found, word); i >= 0 {
				t.Errorf("%s holds %s: %.200s", name, word, found[max(0, i-80):])
			}
		}
		for word, where := range documentWords(t, document) {
			if words[word] {
				t.Errorf("%s holds %q in %s", name, word, where)
			}
		}
	}
	for _, options := range []string{
		"-tuwxanp", "-tuwxaW", "-tan --group-by=process --count", "-tan --group-by=local_address", "-tan --group-by=remote_address", "-rn", "-r", "-rn6",
		"-i", "-ie", "-s", "-g", "-gn", "-M", "--conntrack", "--rules", "--neighbors", "--summary", "--diagnose", "-tanpe --columns=all", "-tan --filter=port=5432",
		"-r --table=all", "--format=json -tuxanp", "-ano --dialect=windows",
	} {
		answer := func(file string) (int, string) {
			args := append([]string{"--replay", filepath.Join(dir, file)}, strings.Fields(options)...)
			out, err := exec.Command(program, args...).CombinedOutput()
			if _, exited := err.(*exec.ExitError); err != nil && !exited {
				t.Fatal(err)
			}
			return strings.Count(string(out), "\n"), string(out)
		}
		want, whole := answer("plain.json")
		got, redacted := answer("copy.json")
		if got != want && !slices.Contains([]string{"--diagnose", "-ie"}, options) {
			t.Errorf("%s: %d lines, want %d\n%s\n%s", options, got, want, redacted, whole)
		}
	}
}
