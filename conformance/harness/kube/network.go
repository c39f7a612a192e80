package kube

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"slices"
	"sync"

	"mlnetc.dev/conformance/harness/box"
)

// Outside is the network namespace of everything that is not in the cluster: the LAN, its machines, the internet.
const Outside = "outside"

// Settings are what a cluster's network looks like. A case says them, as its source does.
type Settings struct {
	Pods     string `yaml:"pods"`
	Services string `yaml:"services"`
	// The network of the nodes. Its last address is the router's.
	Lan string `yaml:"lan"`
	// The addresses of the two nodes. The API server is on the first.
	Nodes   []string `yaml:"nodes"`
	ApiPort int      `yaml:"api-port"`
	// The tunnel addresses of the nodes. The /24 around each has its node's pods.
	Tunnels []string `yaml:"tunnels"`
	// "vxlan", or "none" for pods that the network itself routes to.
	Encapsulation string `yaml:"encapsulation"`
	// "calico" and kube-proxy, or "none" where no packet is sent: objects come and go much cheaper then.
	DataPlane string `yaml:"data-plane"`
	// Which MetalLB assigns addresses: "0.14", "0.15", or "" for none.
	MetalLB string `yaml:"metallb"`
	// Which implementation of BGP MetalLB is told to have: "frr" or "native". What it refuses depends on it.
	Bgp string `yaml:"bgp"`
	// Whether MetalLB's own validation is asked about each of its objects.
	Webhooks bool `yaml:"webhooks"`
	// Whether MetalLB's speaker, 0.15, runs on each node: with `bgp: native`.
	Speakers bool `yaml:"speakers"`
}

// Default is a cluster as `up` starts it.
func Default() Settings {
	return Settings{
		Pods: "10.42.0.0/16", Services: "10.43.0.0/16", Lan: "192.168.1.0/24",
		Nodes: []string{"192.168.1.81", "192.168.1.82"}, ApiPort: 6443,
		Tunnels: []string{"10.42.14.64", "10.42.33.128"}, Encapsulation: "vxlan", DataPlane: "calico",
		MetalLB: "0.15", Bgp: "frr",
	}
}

// Node is a machine of the cluster: a network namespace of that name.
type Node struct {
	Name    string
	Address string
	Tunnel  string
	// Where its pods' addresses are taken from.
	Block netip.Prefix
	next  netip.Addr
	freed []string
	mutex sync.Mutex
}

// Take is the next free address for a pod.
func (n *Node) Take() (string, error) {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	for n.next = n.next.Next(); n.next.String() == n.Tunnel; n.next = n.next.Next() {
	}
	if n.Block.Contains(n.next) {
		return n.next.String(), nil
	}
	if len(n.freed) == 0 {
		return "", fmt.Errorf("%s has no address left for a pod", n.Name)
	}
	address := n.freed[0]
	n.freed = n.freed[1:]
	return address, nil
}

// Free gives a pod's address back. The addresses that nobody had yet are taken first.
func (n *Node) Free(address string) {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	n.freed = append(n.freed, address)
}

func (s Settings) nodes() ([]*Node, error) {
	if len(s.Nodes) != 2 || len(s.Tunnels) != 2 {
		return nil, fmt.Errorf("a cluster here has two nodes and two tunnel addresses")
	}
	if !slices.Contains([]string{"vxlan", "none"}, s.Encapsulation) {
		return nil, fmt.Errorf("encapsulation is vxlan or none, not %q", s.Encapsulation)
	}
	if !slices.Contains([]string{"calico", "none"}, s.DataPlane) {
		return nil, fmt.Errorf("data-plane is calico or none, not %q", s.DataPlane)
	}
	var nodes []*Node
	for i, address := range s.Nodes {
		tunnel, err := netip.ParseAddr(s.Tunnels[i])
		if err != nil {
			return nil, err
		}
		block, err := tunnel.Prefix(24)
		if err != nil {
			return nil, err
		}
		nodes = append(nodes, &Node{
			Name: fmt.Sprintf("node%d", i+1), Address: address, Tunnel: s.Tunnels[i], Block: block, next: block.Addr(),
		})
	}
	return nodes, nil
}

// Router is the last address of the nodes' network that a machine can have. It is outside.
func (s Settings) Router() netip.Addr {
	lan, err := netip.ParsePrefix(s.Lan)
	if err != nil {
		return netip.Addr{}
	}
	last := lan.Masked().Addr().As4()
	number := binary.BigEndian.Uint32(last[:]) | (1<<(32-lan.Bits()) - 1)
	binary.BigEndian.PutUint32(last[:], number-1)
	return netip.AddrFrom4(last)
}

// SeenAs is the address that pods of another node see when a node asks them.
func (c *Cluster) SeenAs(node *Node) string {
	if c.Settings.Encapsulation == "none" {
		return node.Address
	}
	return node.Tunnel
}

// wire makes the namespaces of the nodes and of what is outside, and joins them by a bridge.
func (s Settings) wire(nodes []*Node) error {
	lan, err := netip.ParsePrefix(s.Lan)
	if err != nil {
		return err
	}
	router := s.Router()
	if err := box.Create(Outside); err != nil {
		return err
	}
	outside := []string{
		"link set lo up",
		"link add lan type bridge",
		fmt.Sprintf("addr add %s/%d dev lan", router, lan.Bits()),
		"link set lan up",
	}
	for _, node := range nodes {
		if err := box.Create(node.Name); err != nil {
			return err
		}
		outside = append(outside,
			fmt.Sprintf("link add %s type veth peer name eth0 netns %s", node.Name, node.Name),
			fmt.Sprintf("link set %s master lan", node.Name),
			fmt.Sprintf("link set %s up", node.Name))
	}
	if err := box.IP(Outside, outside...); err != nil {
		return err
	}
	quiet := []string{"ipv6/conf/all/disable_ipv6=1", "ipv4/icmp_ratemask=0"}
	if err := box.Sysctl(Outside, append(quiet, "ipv4/ip_forward=1")...); err != nil {
		return err
	}
	for i, node := range nodes {
		inside := []string{
			"link set lo up",
			fmt.Sprintf("addr add %s/%d dev eth0", node.Address, lan.Bits()),
			"link set eth0 up",
			fmt.Sprintf("route add default via %s", router),
		}
		if s.Encapsulation == "none" {
			other := nodes[1-i]
			inside = append(inside, fmt.Sprintf("route add %s via %s", other.Block, other.Address))
		}
		if err := box.Sysctl(node.Name, append(quiet, "ipv4/ip_forward=1")...); err != nil {
			return err
		}
		if err := box.IP(node.Name, inside...); err != nil {
			return err
		}
		if err := box.IP(Outside, fmt.Sprintf("route add %s via %s", node.Block, node.Address)); err != nil {
			return err
		}
	}
	return nil
}

// serviceAddress is an address of the Service network, by its number.
func (s Settings) serviceAddress(number uint32) (string, error) {
	network, err := netip.ParsePrefix(s.Services)
	if err != nil {
		return "", err
	}
	four := network.Addr().As4()
	binary.BigEndian.PutUint32(four[:], binary.BigEndian.Uint32(four[:])+number)
	return netip.AddrFrom4(four).String(), nil
}
