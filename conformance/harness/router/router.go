// Package router runs FRR as somebody else's router: a machine on the nodes' network that speaks BGP and sends packets
// where BGP says.
package router

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"mlnetc.dev/conformance/harness/box"
	"mlnetc.dev/conformance/harness/kube"
)

// Where Debian's package has its programs.
const programs = "/usr/lib/frr"

// Router is a machine with FRR: a network namespace that is joined to the bridge of the LAN.
type Router struct {
	Space     string // its network namespace
	folder    string
	link      string
	processes []*box.Process
}

// Session is what the router knows of the nodes.
type Session struct {
	Address  netip.Addr
	Port     int
	ASN      int64 // the router's
	NodesASN int64
}

// Route is what it has learnt of one prefix.
type Route struct {
	// The addresses of the nodes that announce it, sorted.
	Via         []string
	Communities string
	Preference  int
}

// Missing says what this machine lacks, or "".
func Missing() string {
	for _, it := range []string{filepath.Join(programs, "bgpd"), filepath.Join(programs, "zebra")} {
		if _, err := os.Stat(it); err != nil {
			return "FRR (Debian: apt-get install frr)"
		}
	}
	if _, err := exec.LookPath("vtysh"); err != nil {
		return "vtysh (Debian: apt-get install frr)"
	}
	return ""
}

// Start joins a router to the LAN and lets it wait for the nodes.
func Start(name string, number int, lan netip.Prefix, session Session) (*Router, error) {
	router := &Router{
		Space: "router-" + name, folder: filepath.Join("/run/frr", name), link: fmt.Sprintf("router%d", number),
	}
	steps := []func() error{
		func() error { return router.wire(lan, session.Address) },
		func() error { return router.configure(lan, session) },
		func() error { return router.start("zebra") },
		func() error { return router.start("bgpd", "-p", strconv.Itoa(session.Port)) },
	}
	for _, step := range steps {
		if err := step(); err != nil {
			router.Stop()
			return nil, fmt.Errorf("router %s: %w", name, err)
		}
	}
	return router, nil
}

func (r *Router) wire(lan netip.Prefix, address netip.Addr) error {
	if err := box.Create(r.Space); err != nil {
		return err
	}
	err := box.IP(kube.Outside,
		fmt.Sprintf("link add %s type veth peer name eth0 netns %s", r.link, r.Space),
		fmt.Sprintf("link set %s master lan", r.link),
		fmt.Sprintf("link set %s up", r.link))
	if err != nil {
		return err
	}
	if err := box.Sysctl(r.Space, "ipv6/conf/all/disable_ipv6=1", "ipv4/ip_forward=1"); err != nil {
		return err
	}
	return box.IP(r.Space, "link set lo up", fmt.Sprintf("addr add %s/%d dev eth0", address, lan.Bits()), "link set eth0 up")
}

// configure writes FRR's configuration. Whatever node of the LAN calls is taken for one of the cluster.
func (r *Router) configure(lan netip.Prefix, session Session) error {
	if err := os.MkdirAll(r.folder, 0o755); err != nil {
		return err
	}
	bgp := fmt.Sprintf(`frr defaults datacenter
router bgp %d
 bgp router-id %s
 no bgp ebgp-requires-policy
 neighbor nodes peer-group
 neighbor nodes remote-as %d
 neighbor nodes passive
 bgp listen range %s peer-group nodes
 address-family ipv4 unicast
  maximum-paths 8
  maximum-paths ibgp 8
  neighbor nodes activate
 exit-address-family
`, session.ASN, session.Address, session.NodesASN, lan.Masked())
	for file, text := range map[string]string{"bgpd.conf": bgp, "zebra.conf": "frr defaults datacenter\n"} {
		if err := os.WriteFile(filepath.Join(r.folder, file), []byte(text), 0o644); err != nil {
			return err
		}
	}
	// The daemons let go of their rights: their folder is theirs.
	owner, err := user.Lookup("frr")
	if err != nil {
		return err
	}
	uid, _ := strconv.Atoi(owner.Uid)
	gid, _ := strconv.Atoi(owner.Gid)
	return os.Chown(r.folder, uid, gid)
}

func (r *Router) start(daemon string, arguments ...string) error {
	arguments = append(arguments,
		"-f", filepath.Join(r.folder, daemon+".conf"), "-i", filepath.Join(r.folder, daemon+".pid"),
		"-z", filepath.Join(r.folder, "zserv.api"), "--vty_socket", r.folder, "-A", "127.0.0.1", "-P", "0", "--log", "stdout")
	process, err := box.Start(daemon+"-"+r.Space, r.Space, nil, filepath.Join(programs, daemon), arguments...)
	if err == nil {
		r.processes = append(r.processes, process)
	}
	return err
}

// Stop ends FRR and takes the machine away.
func (r *Router) Stop() {
	for _, it := range r.processes {
		it.Kill()
	}
	_ = box.Remove(r.Space)
	_ = os.RemoveAll(r.folder)
}

// Said is what its daemons said at the end.
func (r *Router) Said() string {
	var all strings.Builder
	for _, it := range r.processes {
		all.WriteString(it.Said())
	}
	return all.String()
}

func (r *Router) ask(question string, into any) error {
	command := exec.Command("vtysh", "--vty_socket", r.folder, "-c", question+" json")
	out, err := command.Output()
	if err != nil {
		return fmt.Errorf("vtysh %q: %w: %s", question, err, out)
	}
	return json.Unmarshal(out, into)
}

// Routes are the prefixes that it has learnt.
func (r *Router) Routes() (map[string]Route, error) {
	var table struct {
		Routes map[string]json.RawMessage `json:"routes"`
	}
	if err := r.ask("show bgp ipv4 unicast", &table); err != nil {
		return nil, err
	}
	routes := map[string]Route{}
	for prefix := range table.Routes {
		route, err := r.route(prefix)
		if err != nil {
			return nil, err
		}
		routes[prefix] = route
	}
	return routes, nil
}

func (r *Router) route(prefix string) (Route, error) {
	var detail struct {
		Paths []struct {
			Valid     bool `json:"valid"`
			LocPrf    int  `json:"locPrf"`
			Community struct{ String string }
			Nexthops  []struct{ IP string }
		}
	}
	if err := r.ask("show bgp ipv4 unicast "+prefix, &detail); err != nil {
		return Route{}, err
	}
	var route Route
	for _, path := range detail.Paths {
		if !path.Valid {
			continue
		}
		route.Communities, route.Preference = path.Community.String, path.LocPrf
		for _, it := range path.Nexthops {
			route.Via = append(route.Via, it.IP)
		}
	}
	slices.Sort(route.Via)
	return route, nil
}
