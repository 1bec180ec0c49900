package metrics

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"netstat/test/live"
	"netstat/test/need"
)

// server starts a program that ends with the test.
func server(t *testing.T, name string, args ...string) {
	t.Helper()
	cmd := exec.Command(name, args...)
	log, err := os.Create(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if t.Failed() {
			text, _ := os.ReadFile(log.Name())
			t.Logf("%s: %s", name, text)
		}
	})
}

// value asks Prometheus for the value of a query, and waits until it has one.
func value(t *testing.T, query string) string {
	t.Helper()
	var last string
	for end := time.Now().Add(2 * time.Minute); time.Now().Before(end); time.Sleep(200 * time.Millisecond) {
		answer, err := http.Get("http://127.0.0.1:9090/api/v1/query?query=" + url.QueryEscape(query))
		if err != nil {
			last = err.Error()
			continue
		}
		if answer.StatusCode == http.StatusServiceUnavailable { // it is starting
			_ = answer.Body.Close()
			last = answer.Status
			continue
		}
		var result struct {
			Status, Error string
			Data          struct {
				Result []struct{ Value [2]any }
			}
		}
		err = json.NewDecoder(answer.Body).Decode(&result)
		_ = answer.Body.Close()
		if err != nil || result.Status != "success" {
			t.Fatalf("%s: %v %s", query, err, result.Error)
		}
		if len(result.Data.Result) > 0 {
			return fmt.Sprint(result.Data.Result[0].Value[1])
		}
		last = "no series"
	}
	t.Errorf("%s: %s", query, last)
	return ""
}

// TestPrometheusScrapes checks that promtool accepts the report, and that Prometheus gets
// it both from node_exporter's textfile collector and as OpenMetrics.
func TestPrometheusScrapes(t *testing.T) {
	need.Program(t, "promtool", "prometheus")
	need.Program(t, "prometheus", "prometheus")
	need.Program(t, "prometheus-node-exporter", "prometheus-node-exporter")
	if !live.InNamespacesWithProgram(t) {
		return
	}
	_, _ = live.Python(t, "", `s = socket.socket(); s.bind(("127.0.0.1", 7777)); s.listen(3)
c = socket.create_connection(("127.0.0.1", 7777))
open("/proc/self/comm", "w").write('a"b\\c\nd')`)
	start, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for format, name := range map[string]string{"prometheus": "classic.prom", "openmetrics": "open.txt"} {
		answer := live.Netstat(t, "--format="+format)
		if answer.Err != "" {
			t.Errorf("%s: %s", format, answer.Err)
		}
		if i := strings.Index(answer.Out, "netstat_series_left_out"); i >= 0 {
			t.Errorf("%s: %s", format, answer.Out[i:])
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(answer.Out), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	check := exec.Command("promtool", "check", "metrics")
	check.Stdin, _ = os.Open(filepath.Join(dir, "classic.prom"))
	if out, err := check.CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("promtool: %v\n%s", err, out)
	}
	// The OpenMetrics text is served with its media type, and as a file to node_exporter.
	text, err := os.ReadFile(filepath.Join(dir, "open.txt"))
	if err != nil {
		t.Fatal(err)
	}
	both := t.TempDir()
	if err := os.WriteFile(filepath.Join(both, "open.prom"), text, 0o644); err != nil {
		t.Fatal(err)
	}
	go func() {
		_ = http.ListenAndServe("127.0.0.1:9200", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/openmetrics-text; version=1.0.0; charset=utf-8")
			_, _ = w.Write(text)
		}))
	}()
	config := `scrape_configs:
`
	for job, port := range map[string]int{"classic": 9100, "file": 9101, "open": 9200} {
		config += fmt.Sprintf("- {job_name: %s, scrape_interval: 1s, static_configs: [{targets: ['127.0.0.1:%d']}]}\n", job, port)
	}
	name := filepath.Join(t.TempDir(), "prometheus.yml")
	if err := os.WriteFile(name, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	for port, files := range map[string]string{"9100": dir, "9101": both} {
		server(t, "prometheus-node-exporter", "--collector.disable-defaults", "--collector.textfile", "--collector.textfile.directory="+files, "--web.listen-address=127.0.0.1:"+port)
	}
	dashboard := filepath.Join(start, "../../contrib/grafana/netstat.json")
	server(t, "prometheus", "--config.file="+name, "--storage.tsdb.path="+t.TempDir(), "--web.listen-address=127.0.0.1:9090")
	for _, job := range []string{"classic", "file", "open"} {
		for query, want := range map[string]string{
			`netstat_sockets{job=%q,protocol="tcp",state="LISTEN",process="c.d"}`: "1",
			`netstat_accept_queue_connections{job=%q,port="7777"}`:                "1",
			`netstat_accept_queue_limit{job=%q,port="7777"}`:                      "3",
			`netstat_collection_success{job=%q,part="sockets"}`:                   "1",
			`count(netstat_tcp_passiveopens_total{job=%q})`:                       "1",
			`netstat_interface_up{job=%q,interface="lo"}`:                         "1",
			`netstat_findings{job=%q,rule="accept-queue",severity="critical"}`:    "0",
		} {
			query = fmt.Sprintf(strings.ReplaceAll(query, "%q", "'%s'"), job)
			if got := value(t, query); got != want {
				t.Errorf("%s is %s, want %s", query, got, want)
			}
		}
		if job != "open" {
			if got := value(t, fmt.Sprintf("node_textfile_scrape_error{job='%s'}", job)); got != "0" {
				t.Errorf("%s: node_exporter could not read the file", job)
			}
		}
	}
	for _, query := range queries(t, dashboard) {
		answer, err := http.Get("http://127.0.0.1:9090/api/v1/query?query=" + url.QueryEscape(strings.ReplaceAll(query, "$instance", ".*")))
		if err != nil {
			t.Fatal(err)
		}
		if _ = answer.Body.Close(); answer.StatusCode != http.StatusOK {
			t.Errorf("%s: %s", query, answer.Status)
		}
	}
}

// queries returns the queries of a dashboard.
func queries(t *testing.T, name string) (list []string) {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var dashboard struct {
		Panels []struct{ Targets []struct{ Expr string } }
	}
	if err := json.Unmarshal(text, &dashboard); err != nil {
		t.Fatal(err)
	}
	for _, panel := range dashboard.Panels {
		for _, target := range panel.Targets {
			list = append(list, target.Expr)
		}
	}
	if len(list) < 10 {
		t.Errorf("%d queries", len(list))
	}
	return list
}

// TestAlerts checks the alert rules.
func TestAlerts(t *testing.T) {
	need.Program(t, "promtool", "prometheus")
	for _, args := range [][]string{{"check", "rules", "netstat-alerts.yml"}, {"test", "rules", "netstat-alerts-test.yml"}} {
		cmd := exec.Command("promtool", args...)
		cmd.Dir = "../../contrib/prometheus"
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("promtool %v: %v\n%s", args, err, out)
		}
	}
}
