package process

import (
	"strings"
	"testing"

	"netstat"
)

const (
	cgroupID  = "4f797c539e6c745de61a93ca3ff892358ecbcaccd8414d5db545c38428142970"
	cgroupID2 = "34dc0b5e626f2c5c4c5170e34b10e7654ce36f0fcd532739f4445baabea03376"
	cgroupPod = "74c13223-5a00-11e9-b385-42010a80018d"
	podSlice  = "kubepods-burstable-pod74c13223_5a00_11e9_b385_42010a80018d.slice"
	staticPod = "0123456789abcdef0123456789abcdef"
)

// TestContainerOf parses the forms of paths that docs/owners.md lists.
func TestContainerOf(t *testing.T) {
	for path, want := range map[string]netstat.Container{
		"/docker/" + cgroupID:                         {Runtime: "docker", ID: cgroupID},
		"/system.slice/docker-" + cgroupID + ".scope": {Runtime: "docker", ID: cgroupID},
		"/user.slice/user-1000.slice/user@1000.service/user.slice/docker-" + cgroupID + ".scope": {Runtime: "docker", ID: cgroupID},
		"/docker/" + cgroupID + "/docker/" + cgroupID2:                                           {Runtime: "docker", ID: cgroupID2},
		"/system.slice/docker-" + cgroupID + ".scope/init.scope":                                 {Runtime: "docker", ID: cgroupID},
		"/" + cgroupID:                                           {ID: cgroupID},
		"/parent/" + cgroupID:                                    {ID: cgroupID},
		"/ecs/x/" + cgroupID:                                     {ID: cgroupID},
		"/default/" + cgroupID:                                   {ID: cgroupID},
		"/system.slice/nerdctl-" + cgroupID + ".scope":           {Runtime: "containerd", ID: cgroupID},
		"/machine.slice/libpod-" + cgroupID + ".scope":           {Runtime: "podman", ID: cgroupID},
		"/machine.slice/libpod-" + cgroupID + ".scope/container": {Runtime: "podman", ID: cgroupID},
		"/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" + cgroupID + ".scope/container": {Runtime: "podman", ID: cgroupID},
		"/libpod_parent/libpod-" + cgroupID:                                                                    {Runtime: "podman", ID: cgroupID},
		"/system.slice/app.service/libpod-payload-" + cgroupID:                                                 {Runtime: "podman", ID: cgroupID},
		"/machine.slice/libpod-conmon-" + cgroupID + ".scope":                                                  {},
		"/kubepods/besteffort/pod" + cgroupPod + "/" + cgroupID:                                                {ID: cgroupID, Pod: cgroupPod},
		"/kubepods/pod" + cgroupPod + "/" + cgroupID:                                                           {ID: cgroupID, Pod: cgroupPod},
		"/kubepods/burstable/pod" + staticPod + "/" + cgroupID:                                                 {ID: cgroupID, Pod: staticPod},
		"/kubepods/pod" + cgroupPod:                                                                            {Pod: cgroupPod},
		"/kubepods/pod" + cgroupPod + "/crio-" + cgroupID:                                                      {Runtime: "cri-o", ID: cgroupID, Pod: cgroupPod},
		"/kubepods.slice/kubepods-burstable.slice/" + podSlice + "/cri-containerd-" + cgroupID + ".scope":      {Runtime: "containerd", ID: cgroupID, Pod: cgroupPod},
		"/kubepods.slice/kubepods-burstable.slice/" + podSlice + "/crio-" + cgroupID + ".scope":                {Runtime: "cri-o", ID: cgroupID, Pod: cgroupPod},
		"/kubepods.slice/kubepods-burstable.slice/" + podSlice + "/docker-" + cgroupID + ".scope":              {Runtime: "docker", ID: cgroupID, Pod: cgroupPod},
		"/kubepods.slice/kubepods-pod" + staticPod + ".slice/crio-" + cgroupID + ".scope/container":            {Runtime: "cri-o", ID: cgroupID, Pod: staticPod},
		"/system.slice/crio-conmon-" + cgroupID + ".scope":                                                     {},
		"/kubelet.slice/kubelet-kubepods.slice/kubelet-" + podSlice + "/cri-containerd-" + cgroupID + ".scope": {Runtime: "containerd", ID: cgroupID, Pod: cgroupPod},
		"/docker/" + cgroupID + "/kubelet/kubepods/besteffort/pod" + cgroupPod + "/" + cgroupID2:               {ID: cgroupID2, Pod: cgroupPod},
		"/system.slice/containerd.service/" + podSlice + ":cri-containerd:" + cgroupID:                         {Runtime: "containerd", ID: cgroupID, Pod: cgroupPod},
		"/lxc/web":                           {Runtime: "lxc", ID: "web"},
		"/lxc/php/system.slice/cron.service": {Runtime: "lxc", ID: "php"},
		"/lxc.payload/web":                   {Runtime: "lxc", ID: "web"},
		"/lxc.payload.web/system.slice":      {Runtime: "lxc", ID: "web"},
		"/incus.payload/web":                 {Runtime: "lxc", ID: "web"},
		"/lxc.monitor.web":                   {},
		"/lxc.monitor/web":                   {},
		"/lxc.payload.k8s/kubepods/pod" + cgroupPod + "/" + cgroupID:               {ID: cgroupID, Pod: cgroupPod},
		"/machine.slice/systemd-nspawn@web-1.service":                              {Runtime: "systemd-nspawn", ID: "web-1"},
		"/machine.slice/systemd-nspawn@web.service/payload/system.slice/a.service": {Runtime: "systemd-nspawn", ID: "web"},
		"/machine.slice/systemd-nspawn@web.service/supervisor":                     {},
		`/machine.slice/machine-web\x2d1.scope/payload`:                            {Runtime: "systemd-nspawn", ID: "web-1"},
		`/machine.slice/machine-web\x2d1.scope/supervisor`:                         {},
		`/machine.slice/machine-web.scope`:                                         {Runtime: "machined", ID: "web"},
		`/machine.slice/machine-qemu\x2d1\x2dvm.scope/libvirt/emulator`:            {},
		`/machine.slice/machine-qemu\x2dx.scope`:                                   {Runtime: "machined", ID: "qemu-x"},
		"/":                                                                        {},
		"":                                                                         {},
		"/system.slice/ssh.service":                                                {},
		"/docker/" + cgroupID[:63]:                                                 {},
		"/docker/" + strings.ToUpper(cgroupID):                                     {},
		"/user.slice/my-pod" + staticPod + ".slice":                                {},
		"/kubepods/podcast":                                                        {},
		"/kubepods/pod" + strings.Replace(cgroupPod, "-", "x", 1):                  {},
	} {
		if got := containerOf(path); got != want {
			t.Errorf("%s: %+v, want %+v", path, got, want)
		}
	}
}

// The expected values are those of systemd's sd_pid_get_unit(3) and the like.
func TestUnitsOf(t *testing.T) {
	for path, want := range map[string][3]string{
		"/system.slice/ssh.service": {"ssh.service", "", "system.slice"},
		"/init.scope":               {"init.scope", "", "-.slice"},
		"/system.slice/system-getty.slice/getty@tty1.service":                  {"getty@tty1.service", "", "system-getty.slice"},
		"/user.slice/user-1000.slice/session-3.scope":                          {"session-3.scope", "", "user-1000.slice"},
		"/user.slice/user-1000.slice/user@1000.service/init.scope":             {"user@1000.service", "init.scope", "user-1000.slice"},
		"/user.slice/user-1000.slice/user@1000.service/app.slice/a.service":    {"user@1000.service", "a.service", "user-1000.slice"},
		`/user.slice/user-7.slice/user@7.service/app.slice/app-a\x2db-9.scope`: {"user@7.service", `app-a\x2db-9.scope`, "user-7.slice"},
		"/user.slice/user-7.slice/user@7.service":                              {"user@7.service", "", "user-7.slice"},
		"/user.slice/user-7.slice/user@7.service/app.slice":                    {"user@7.service", "", "user-7.slice"},
		"/system.slice/docker-" + cgroupID + ".scope/system.slice/x.service":   {"docker-" + cgroupID + ".scope", "", "system.slice"},
		"/system.slice/_cpu.service":                                           {"cpu.service", "", "system.slice"},
		`/system.slice/dev-disk-by\x2duuid.swap`:                               {`dev-disk-by\x2duuid.swap`, "", "system.slice"},
		"/system.slice":                                                        {"", "", "system.slice"},
		"/":                                                                    {},
		"":                                                                     {},
		"/docker/" + cgroupID:                                                  {},
		"/lxc.payload.a/system.slice/x.service":                                {},
		"/system.slice/getty@.service":                                         {"", "", "system.slice"},
		"/system.slice/@x.service":                                             {"", "", "system.slice"},
		"/system.slice/.service":                                               {"", "", "system.slice"},
		"/system.slice/a b.service":                                            {"", "", "system.slice"},
		"/a--b.slice/x.service":                                                {"x.service", "", "a--b.slice"},
		"/-a.slice/x.service":                                                  {"x.service", "", "-a.slice"}, "/x.slice/y.timer": {"y.timer", "", "x.slice"},
		"/-.slice/x.service":                                     {"x.service", "", "-.slice"},
		"/../../system.slice/x.service":                          {},
		"/system.slice/" + strings.Repeat("x", 250) + ".service": {"", "", "system.slice"},
	} {
		unit, user, slice := unitsOf(path)
		if got := [3]string{unit, user, slice}; got != want {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
}

func TestFillCgroup(t *testing.T) {
	for _, test := range []struct {
		file string
		want netstat.Process
	}{
		{"0::/system.slice/ssh.service\n", netstat.Process{Cgroup: "/system.slice/ssh.service", Unit: "ssh.service", Slice: "system.slice"}},
		{"2:pids:/\n1:name=systemd:/system.slice/ssh.service\n0::/\n", netstat.Process{Cgroup: "/system.slice/ssh.service", Unit: "ssh.service", Slice: "system.slice"}},
		{"1:name=systemd:/system.slice/a.service\n0::/system.slice/a.service\n", netstat.Process{Cgroup: "/system.slice/a.service", Unit: "a.service", Slice: "system.slice"}},
		{"5:memory:/docker/" + cgroupID + "\n1:cpu:/\n0::/\n", netstat.Process{Cgroup: "/docker/" + cgroupID, Container: netstat.Container{Runtime: "docker", ID: cgroupID}}},
		{"0::/\n", netstat.Process{Cgroup: "/"}},
		{"0::/a:b/c\n", netstat.Process{Cgroup: "/a:b/c"}},
		{"0::/system.slice/gone.service (deleted)\n", netstat.Process{Cgroup: "/system.slice/gone.service", Unit: "gone.service", Slice: "system.slice"}},
		{"", netstat.Process{}},
		{"garbage\n0:x\n::\n3:cpu:relative\n", netstat.Process{}},
	} {
		var got netstat.Process
		fillCgroup([]byte(test.file), &got)
		if got.Cgroup != test.want.Cgroup || got.Unit != test.want.Unit || got.Slice != test.want.Slice || got.UserUnit != "" || got.Container != test.want.Container {
			t.Errorf("%q: %+v", test.file, got)
		}
	}
}

func TestUnescapeUnit(t *testing.T) {
	for in, want := range map[string]string{
		"plain": "plain", `a\x2db`: "a-b", `\x2e\x2E`: "..", `a\x2`: `a\x2`, `a\xzz`: `a\xzz`, `\`: `\`, `a\\x41`: `a\A`,
	} {
		if got := unescapeUnit(in); got != want {
			t.Errorf("%s: %q, want %q", in, got, want)
		}
	}
}

func FuzzCgroup(f *testing.F) {
	f.Add([]byte("9:name=systemd:/system.slice/ssh.service\n0::/user.slice/user-1.slice/user@1.service/app.slice/x.scope\n"))
	f.Add([]byte("0::/kubepods.slice/" + podSlice + "/crio-" + cgroupID + ".scope\n"))
	f.Add([]byte(`0::/machine.slice/machine-a\x2db.scope/payload`))
	f.Fuzz(func(t *testing.T, b []byte) {
		var p netstat.Process
		fillCgroup(b, &p)
		if p.Cgroup != "" && (p.Cgroup[0] != '/' || !strings.Contains(string(b), p.Cgroup)) {
			t.Fatalf("%+v", p)
		}
		for _, unit := range []string{p.Unit, p.UserUnit, p.Slice} {
			if unit != "" && (!validUnit(unit) || strings.ContainsAny(unit, "/\n") || unit != "-.slice" && !strings.Contains(p.Cgroup, unit)) {
				t.Fatalf("unit %q of %+v", unit, p)
			}
		}
		if p.UserUnit != "" && !strings.HasPrefix(p.Unit, "user@") || p.Container.Runtime != "" && p.Container.ID == "" {
			t.Fatalf("%+v", p)
		}
	})
}

func FuzzProcessStat(f *testing.F) {
	f.Add([]byte("7 (a) b) S 1 7 7 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 3 0 12345 0"))
	f.Fuzz(func(t *testing.T, b []byte) {
		s, ok := parseProcessStat(b)
		if ok && (s.started < 0 || !strings.Contains(string(b), "("+s.comm+")")) {
			t.Fatalf("%+v", s)
		}
		for _, arg := range processArgs(b) {
			if strings.Contains(arg, "\x00") {
				t.Fatalf("%q", arg)
			}
		}
		if args := processArgs(append(b, 0)); strings.Join(args, "\x00") != string(b) {
			t.Fatalf("%q from %q", args, b)
		}
		processUser(b)
		parseBootTime(b)
	})
}

func TestProcessStat(t *testing.T) {
	s, ok := parseProcessStat([]byte("7 (a) b) S 1 7 7 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 3 0 12345 0 0\n"))
	if !ok || s.comm != "a) b" || s.parent != 1 || s.threads != 3 || s.started != 12345*clockTick {
		t.Errorf("%+v, %v", s, ok)
	}
	for _, bad := range []string{"", "7 a", "7 )a(", "7 (a) S 1", "7 (a) S x 7 7 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 3 0 12345 0",
		"7 (a) S 1 7 7 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 3 0 18446744073709551615 0"} {
		if _, ok := parseProcessStat([]byte(bad)); ok {
			t.Errorf("%q is accepted", bad)
		}
	}
	if user := processUser([]byte("Name:\tx\nUid:\t1\t2\t3\t4\nGid:\t9\t9\t9\t9\n")); user != "2" {
		t.Errorf("user %q", user)
	}
	for _, bad := range []string{"", "Uid:\n", "Uid:\t1\n", "Uid:\t1\tx\n", "Uid:\t1\t4294967296\n"} {
		if user := processUser([]byte(bad)); user != "" {
			t.Errorf("%q: user %q", bad, user)
		}
	}
	if boot, ok := parseBootTime([]byte("cpu 1 2\nbtime 1700000000\n")); !ok || boot.Unix() != 1700000000 {
		t.Errorf("%v, %v", boot, ok)
	}
	if _, ok := parseBootTime([]byte("cpu 1\nbtime x\n")); ok {
		t.Error("a boot time that is not a number")
	}
}
