package kube

import (
	"slices"

	"mlnetc.dev/conformance/harness/box"
)

// dataPlane starts what turns objects into packets: kube-proxy and Felix on each node, and MetalLB's controller.
func (c *Cluster) dataPlane() error {
	first := c.Nodes[0]
	controllers := "garbage-collector-controller,namespace-controller,deployment-controller,replicaset-controller," +
		"statefulset-controller,daemonset-controller,job-controller"
	if c.Settings.DataPlane != "none" {
		controllers += ",endpointslice-controller"
	}
	err := c.start("kube-controller-manager", first, nil, c.programs.Kube, "kube-controller-manager",
		"--kubeconfig="+c.Kubeconfig, "--controllers="+controllers, "--secure-port=0", "--leader-elect=false",
		"--kube-api-qps=500", "--kube-api-burst=1000", "--concurrent-namespace-syncs=50",
		"--mirroring-concurrent-service-endpoint-syncs=1", "--concurrent-service-endpoint-syncs=5")
	if err != nil {
		return err
	}
	for _, node := range c.Nodes {
		if c.Settings.DataPlane == "none" {
			break
		}
		// After an apply of its rules that failed it tries again after a sync period: 30 s, unless said.
		err := c.start("kube-proxy-"+node.Name, node, nil, c.programs.Kube, "kube-proxy", "--kubeconfig="+c.Kubeconfig,
			"--hostname-override="+node.Name, "--proxy-mode=iptables", "--cluster-cidr="+c.Settings.Pods,
			"--healthz-bind-address=", "--metrics-bind-address=", "--iptables-min-sync-period=100ms", "--iptables-sync-period=5s",
			"--conntrack-max-per-core=0", "--conntrack-min=0",
			"--conntrack-tcp-timeout-established=0", "--conntrack-tcp-timeout-close-wait=0")
		if err != nil {
			return err
		}
		if err := c.startFelix(node); err != nil {
			return err
		}
	}
	if c.Settings.MetalLB == "" {
		return nil
	}
	return c.metalLB()
}

const felixOf = "felix-"

func (c *Cluster) startFelix(node *Node) error {
	return c.start(felixOf+node.Name, node, c.felix(node), c.programs.Felix)
}

// Unobserved lets something happen while no Felix runs. A new one begins with what it finds then: to follow each pod
// and policy that goes takes a sixth of the processor's time of a case.
func (c *Cluster) Unobserved(change func() error) error {
	var stopped []*Node
	for _, node := range c.Nodes {
		at := slices.IndexFunc(c.processes, func(it *box.Process) bool { return it.Name == felixOf+node.Name })
		if at < 0 {
			continue
		}
		c.processes[at].Kill()
		c.processes = slices.Delete(c.processes, at, at+1)
		stopped = append(stopped, node)
	}
	if err := change(); err != nil {
		return err
	}
	for _, node := range stopped {
		if err := c.startFelix(node); err != nil {
			return err
		}
	}
	return nil
}

func (c *Cluster) felix(node *Node) []string {
	settings := map[string]string{
		"DATASTORETYPE": "kubernetes", "FELIXHOSTNAME": node.Name,
		"LOGSEVERITYSCREEN": "warning", "LOGFILEPATH": "none", "LOGSEVERITYFILE": "none", "LOGSEVERITYSYS": "none",
		"IPV6SUPPORT": "false", "XDPENABLED": "false", "IPINIPENABLED": "false",
		// As the operator sets it: the node itself is no firewall.
		"DEFAULTENDPOINTTOHOSTACTION": "ACCEPT",
		"USAGEREPORTINGENABLED":       "false", "HEALTHENABLED": "false",
	}
	if c.Settings.Encapsulation == "none" {
		settings["VXLANENABLED"] = "false"
	}
	environment := []string{"KUBECONFIG=" + c.Kubeconfig}
	for key, value := range settings {
		environment = append(environment, "FELIX_"+key+"="+value)
	}
	return environment
}
