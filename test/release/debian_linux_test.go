package release

import (
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"netstat/test/need"
)

// inRoot is run in a mount namespace: it makes a root from this machine's, whose changes
// stay in memory, and runs a script there.
const inRoot = `
mount -t tmpfs none /mnt
mkdir /mnt/upper /mnt/work /mnt/root
mount -t overlay -o lowerdir=/,upperdir=/mnt/upper,workdir=/mnt/work overlay /mnt/root || { echo no overlay; exit 77; }
cp "$1"/*.deb /mnt/root/tmp/
exec chroot /mnt/root sh -eu -c "$2"
`

// debianSteps installs and removes the packages beside the real net-tools in every order.
const debianSteps = `
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
cd /tmp
dpkg() { command dpkg --no-triggers "$@" >dpkg.log 2>&1 || { cat dpkg.log; exit 1; }; }
own=netstat-go_1.0.0_*.deb instead=netstat-is-netstat-go_1.0.0_all.deb

# state prints each netstat that is installed, who owns it, and the diversions.
state() {
  for dir in /bin/ /usr/bin/ /usr/share/man/man8/; do
    for file in "$dir"netstat*; do
      [ -e "$file" ] || [ -L "$file" ] || continue
      echo "$file $(readlink "$file") $(sha256sum <"$file") $(dpkg-query -S "$file" 2>/dev/null)"
    done
  done | sed 's/^netstat-is-netstat-go, net-tools:/net-tools, netstat-is-netstat-go:/' # as installed
  dpkg-divert --list '*netstat*'
  dpkg-query -W -f '${Package} ${Status}\n' 'netstat*' 2>/dev/null | grep installed || true
}
same() { state >now; diff "$1" now || fail "$2: the system is not as it was"; }
fail() { echo "FAILED: $*"; exit 1; }
ours() { "$1" -V | grep -q 'independent program' || fail "$2: $1 is not ours"; }
theirs() {
  "$1" -V >version || fail "$2: no $1"
  ! grep -q 'independent program' version || fail "$2: $1 is ours"
}

# repack makes a package of the installed net-tools, with netstat in the given folder.
repack() {
  rm -rf pack
  mkdir -p pack/DEBIAN
  dpkg-query -s net-tools | sed "/^Status:/d; /^Conffiles:/,/^[^ ]/{/^ /d; /^Conffiles:/d}; s/^Version: .*/&$2/" >pack/DEBIAN/control
  dpkg-query -L net-tools | while read -r file; do
    [ -f "$file" ] || continue
    mkdir -p "pack${file%/*}"
    cp -a "$file" "pack$file"
  done
  if [ "$1" = /usr/bin ]; then
    mkdir -p pack/usr/bin
    mv pack/bin/* pack/usr/bin
    rmdir pack/bin
  fi
  dpkg-deb --root-owner-group -b pack "net-tools$2.deb" >/dev/null
}

# every goes through all orders. $1 says on what system.
every() {
  state >before
  theirs netstat "$1: before"
  dpkg -i $own
  theirs netstat "$1: beside"
  ours netstat-go "$1: beside"
  state >beside
  dpkg -i $instead
  for name in netstat /bin/netstat /usr/bin/netstat netstat-go; do ours $name "$1: diverted"; done
  theirs $aside "$1: diverted"
  state >diverted
  dpkg -i $own $instead
  same diverted "$1: installed again"
  dpkg -i net-tools.deb
  ours netstat "$1: net-tools installed again"
  theirs $aside "$1: net-tools installed again"
  same diverted "$1: net-tools installed again"
  dpkg -r netstat-is-netstat-go
  same beside "$1: diversion removed"
  dpkg -i $instead
  dpkg -P netstat-is-netstat-go netstat-go
  same before "$1: purged"
  [ -z "$(dpkg-query -W -f '${Status}' net-tools | grep -v 'ok installed')" ] || fail "$1: net-tools"
  [ -z "$(command dpkg --verify net-tools)" ] || fail "$1: $(command dpkg --verify net-tools)"

  dpkg -r net-tools
  hash -r
  ! command -v netstat >/dev/null || fail "$1: removed"
  state >empty
  dpkg -i $own $instead
  ours netstat "$1: without net-tools"
  dpkg -i net-tools.deb
  ours netstat "$1: net-tools installed later"
  theirs $aside "$1: net-tools installed later"
  dpkg -P netstat-is-netstat-go netstat-go
  theirs netstat "$1: net-tools installed later"
  [ -z "$(command dpkg --verify net-tools)" ] || fail "$1: $(command dpkg --verify net-tools)"
  dpkg -i $own $instead
  dpkg -r net-tools
  dpkg -P netstat-is-netstat-go netstat-go
  same empty "$1: both removed"
  dpkg -i net-tools.deb
  same before "$1: net-tools back"
}

[ -L /bin ] || fail "/bin is no link here"
repack /bin ''
repack /usr/bin +moved
aside=netstat.net-tools-bin
every "Debian 12"

# The upgrade to a net-tools that owns /usr/bin/netstat.
dpkg -i $own $instead net-tools+moved.deb
aside=netstat.net-tools
ours netstat "upgraded"
theirs $aside "upgraded"
dpkg -P netstat-is-netstat-go netstat-go
theirs netstat "upgraded"
[ -z "$(command dpkg --verify net-tools)" ] || fail "upgraded: $(command dpkg --verify net-tools)"
mv net-tools+moved.deb net-tools.deb
every "Debian 13"

# A system whose /bin is a folder.
aside=netstat.net-tools-bin
dpkg -r net-tools
rm /bin
/usr/bin/mkdir /bin
for file in /usr/bin/*; do ln -s "$file" /bin; done
rm -rf pack
mkdir pack
dpkg-deb -R net-tools.deb pack
mkdir pack/bin
mv pack/usr/bin/* pack/bin
rmdir pack/usr/bin
dpkg-deb --root-owner-group -b pack net-tools.deb >/dev/null
dpkg -i net-tools.deb
every "/bin a folder"
echo all steps done
`

// testDebian installs the packages with the real dpkg beside the real net-tools.
func testDebian(t *testing.T, dist string) {
	need.Namespaces(t)
	cmd := exec.Command("unshare", "-m", "sh", "-eu", "-c", inRoot, "sh", dist, debianSteps)
	out, err := cmd.CombinedOutput()
	if strings.Contains(string(out), "no overlay") {
		need.Skip(t, "an overlay of the root file system")
	}
	if err != nil || !strings.Contains(string(out), "all steps done") {
		t.Fatalf("%v\n%s", err, out)
	}
	deb := filepath.Join(dist, "netstat-go_1.0.0_"+runtime.GOARCH+".deb")
	var files []string
	for line := range strings.Lines(run(t, nil, "dpkg", "-c", deb)) {
		fields := strings.Fields(line)
		files = append(files, strings.TrimPrefix(fields[5], "./"))
	}
	for _, name := range []string{"usr/bin/netstat-go", "usr/share/doc/netstat-go/copyright"} {
		if !strings.Contains(strings.Join(files, "\n")+"\n", name+"\n") {
			t.Errorf("%s is missing in %q", name, files)
		}
	}
}
