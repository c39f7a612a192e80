package kube

var dnsLabels = map[string]any{"k8s-app": "kube-dns"}

func dnsPorts(key string) []any {
	return []any{
		map[string]any{"name": "dns", "protocol": "UDP", key: 53},
		map[string]any{"name": "dns-tcp", "protocol": "TCP", key: 53},
	}
}

// DNS makes the Service that every cluster has, with a pod behind it that answers on its ports.
func (c *Cluster) DNS() error {
	if err := c.DNSService(); err != nil {
		return err
	}
	return c.Create(Pod("kube-system", "coredns", dnsLabels, "", dnsPorts("containerPort")))
}

// DNSService makes the Service alone.
func (c *Cluster) DNSService() error {
	address, err := c.Settings.serviceAddress(10)
	if err != nil {
		return err
	}
	return c.Create(Object{
		"apiVersion": "v1", "kind": "Service",
		"metadata": map[string]any{"name": "kube-dns", "namespace": "kube-system", "labels": dnsLabels},
		"spec":     map[string]any{"clusterIP": address, "selector": dnsLabels, "ports": dnsPorts("port")},
	})
}

// IsDNS says whether the Service is in front of pods with these labels: they have to answer lookups, whatever the source
// says of them.
func IsDNS(namespace string, labels map[string]string) bool {
	for key, value := range dnsLabels {
		if labels[key] != value {
			return false
		}
	}
	return namespace == "kube-system"
}

// Pod is a pod that answers on ports.
func Pod(namespace, name string, labels map[string]any, node string, ports []any) Object {
	spec := map[string]any{"containers": []any{map[string]any{"name": "main", "image": "none", "ports": ports}}}
	if node != "" {
		spec["nodeName"] = node
	}
	return Object{
		"apiVersion": "v1", "kind": "Pod",
		"metadata": map[string]any{"name": name, "namespace": namespace, "labels": labels},
		"spec":     spec,
	}
}
