package kube

// DNS makes the Service that every cluster has, with a pod behind it that answers on its ports.
func (c *Cluster) DNS() error {
	address, err := c.Settings.serviceAddress(10)
	if err != nil {
		return err
	}
	labels := map[string]any{"k8s-app": "kube-dns"}
	ports := func(key string) []any {
		var ports []any
		for _, protocol := range []string{"UDP", "TCP"} {
			name := map[string]string{"UDP": "dns", "TCP": "dns-tcp"}[protocol]
			ports = append(ports, map[string]any{"name": name, "protocol": protocol, key: 53})
		}
		return ports
	}
	objects := []Object{
		{
			"apiVersion": "v1", "kind": "Service",
			"metadata": map[string]any{"name": "kube-dns", "namespace": "kube-system", "labels": labels},
			"spec":     map[string]any{"clusterIP": address, "selector": labels, "ports": ports("port")},
		},
		Pod("kube-system", "coredns", labels, "", ports("containerPort")),
	}
	for _, object := range objects {
		if err := c.Create(object); err != nil {
			return err
		}
	}
	return nil
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
