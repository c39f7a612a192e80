package kube

import (
	"encoding/base64"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"time"

	"mlnetc.dev/conformance/harness/box"
)

// Where MetalLB's controller listens for the API server's questions, and what it is asked about.
const webhookPort = "9443"

var validated = []struct{ version, kind, plural string }{
	{"v1beta1", "bfdprofile", "bfdprofiles"}, {"v1beta1", "bgpadvertisement", "bgpadvertisements"},
	{"v1beta1", "community", "communities"}, {"v1beta1", "ipaddresspool", "ipaddresspools"},
	{"v1beta1", "l2advertisement", "l2advertisements"}, {"v1beta2", "bgppeer", "bgppeers"},
}

// metalLB starts the controller, with its validation where the settings ask for it, and the speakers.
func (c *Cluster) metalLB() error {
	first := c.Nodes[0]
	environment := []string{
		"METALLB_NAMESPACE=metallb-system", "METALLB_POD_NAME=controller", "KUBECONFIG=" + c.Kubeconfig,
		"METALLB_BGP_TYPE=" + c.Settings.Bgp,
	}
	arguments := []string{"--webhook-mode=disabled", "--port=7472", "--disable-cert-rotation"}
	if c.Settings.Webhooks {
		temporary, err := webhookCertificates()
		if err != nil {
			return err
		}
		arguments[0] = "--webhook-mode=enabled"
		environment = append(environment, "TMPDIR="+temporary)
	}
	if err := c.start("metallb-controller", first, environment, c.programs.MetalLB[c.Settings.MetalLB], arguments...); err != nil {
		return err
	}
	if c.Settings.Webhooks {
		if err := c.askMetalLB(); err != nil {
			return err
		}
	}
	if !c.Settings.Speakers {
		return nil
	}
	for _, node := range c.Nodes {
		if err := c.speaker(node); err != nil {
			return err
		}
	}
	return nil
}

// webhookCertificates gives the controller the API server's own key: both are on the first node. It is the folder for
// temporary files below which the controller looks for them, whatever its --cert-dir says.
func webhookCertificates() (string, error) {
	temporary := filepath.Join(box.Folder, "metallb")
	folder := filepath.Join(temporary, "k8s-webhook-server", "serving-certs")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return "", err
	}
	for from, to := range map[string]string{keyFile: "tls.key", certificateFile: "tls.crt"} {
		text, err := os.ReadFile(from)
		if err != nil {
			return "", err
		}
		if err := os.WriteFile(filepath.Join(folder, to), text, 0o600); err != nil {
			return "", err
		}
	}
	return temporary, nil
}

// askMetalLB lets the API server ask the controller about every object of MetalLB's, as its own manifests do.
func (c *Cluster) askMetalLB() error {
	address := net.JoinHostPort(c.Nodes[0].Address, webhookPort)
	err := c.until(30*time.Second, "MetalLB's controller validates", func() error {
		return box.Within(c.Nodes[0].Name, func() error {
			connection, err := net.DialTimeout("tcp", address, time.Second)
			if err == nil {
				connection.Close()
			}
			return err
		})
	})
	if err != nil {
		return err
	}
	authority, err := os.ReadFile(certificateFile)
	if err != nil {
		return err
	}
	var webhooks []any
	for _, it := range validated {
		webhooks = append(webhooks, map[string]any{
			"name": it.kind + "validationwebhook.metallb.io", "sideEffects": "None", "failurePolicy": "Fail",
			"admissionReviewVersions": []any{"v1"},
			"clientConfig": map[string]any{
				"url":      fmt.Sprintf("https://%s/validate-metallb-io-%s-%s", address, it.version, it.kind),
				"caBundle": base64.StdEncoding.EncodeToString(authority),
			},
			"rules": []any{map[string]any{
				"apiGroups": []any{"metallb.io"}, "apiVersions": []any{it.version}, "resources": []any{it.plural},
				"operations": []any{"CREATE", "UPDATE"},
			}},
		})
	}
	return c.Create(Object{
		"apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingWebhookConfiguration",
		"metadata": map[string]any{"name": "metallb-webhook-configuration"}, "webhooks": webhooks,
	})
}

// speaker starts MetalLB's speaker on a node. Its pod is an object that it looks for, and nothing else.
func (c *Cluster) speaker(node *Node) error {
	name := "speaker-" + node.Name
	pod := Pod("metallb-system", name, map[string]any{"component": "speaker"}, node.Name, nil)
	pod["spec"].(map[string]any)["hostNetwork"] = true
	if err := c.Create(pod); err != nil {
		return err
	}
	environment := []string{
		"METALLB_NAMESPACE=metallb-system", "METALLB_POD_NAME=" + name, "METALLB_NODE_NAME=" + node.Name,
		"METALLB_BGP_TYPE=" + c.Settings.Bgp, "KUBECONFIG=" + c.Kubeconfig,
	}
	return c.start("metallb-"+name, node, environment, c.programs.Speaker, "--port=7473", "--host=127.0.0.1")
}
