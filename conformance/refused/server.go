package main

import (
	"bytes"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Server is the API server of a standing cluster.
type server struct {
	base, token string
	http        *http.Client
}

func dial(kubeconfig string) (*server, error) {
	text, err := os.ReadFile(kubeconfig)
	if err != nil {
		return nil, fmt.Errorf("there is no cluster: %w (see conformance/up)", err)
	}
	var config struct {
		Clusters []struct {
			Cluster struct {
				Server string `yaml:"server"`
			} `yaml:"cluster"`
		} `yaml:"clusters"`
		Users []struct {
			User struct {
				Token string `yaml:"token"`
			} `yaml:"user"`
		} `yaml:"users"`
	}
	if err := yaml.Unmarshal(text, &config); err != nil {
		return nil, err
	}
	if len(config.Clusters) == 0 || len(config.Users) == 0 {
		return nil, fmt.Errorf("%s names no cluster", kubeconfig)
	}
	// The server of conformance/up made its certificate itself, and listens on this machine's loopback only.
	transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}
	return &server{config.Clusters[0].Cluster.Server, config.Users[0].User.Token, &http.Client{Transport: transport}}, nil
}

// Where the kinds lie that mlnetc writes.
var kinds = map[string]struct {
	path       string
	namespaced bool
}{
	"Namespace":        {"/api/v1/namespaces", false},
	"Service":          {"/api/v1/namespaces/default/services", true},
	"NetworkPolicy":    {"/apis/networking.k8s.io/v1/namespaces/default/networkpolicies", true},
	"Deployment":       {"/apis/apps/v1/namespaces/default/deployments", true},
	"Installation":     {"/apis/operator.tigera.io/v1/installations", false},
	"IPAddressPool":    {"/apis/metallb.io/v1beta1/namespaces/metallb-system/ipaddresspools", true},
	"L2Advertisement":  {"/apis/metallb.io/v1beta1/namespaces/metallb-system/l2advertisements", true},
	"BGPAdvertisement": {"/apis/metallb.io/v1beta1/namespaces/metallb-system/bgpadvertisements", true},
	"BGPPeer":          {"/apis/metallb.io/v1beta2/namespaces/metallb-system/bgppeers", true},
	"BFDProfile":       {"/apis/metallb.io/v1beta1/namespaces/metallb-system/bfdprofiles", true},
}

// apply asks the server and gives the reason of its refusal; nothing is changed, or what is made is deleted again.
// Namespaced objects are asked about in `default`, which is there, and those of MetalLB in its namespace.
func (s *server) apply(object any, really bool) (string, error) {
	it, is := object.(map[string]any)
	if !is {
		return "", fmt.Errorf("no object: %v", object)
	}
	kind, known := kinds[fmt.Sprint(it["kind"])]
	metadata, named := it["metadata"].(map[string]any)
	if !known || !named {
		return "", fmt.Errorf("no path for %v", it["kind"])
	}
	if kind.namespaced {
		_, behind, _ := strings.Cut(kind.path, "/namespaces/")
		metadata["namespace"], _, _ = strings.Cut(behind, "/")
	}
	body, err := json.Marshal(it)
	if err != nil {
		return "", err
	}
	name, is := metadata["name"].(string)
	if !is || name == "" {
		return "", fmt.Errorf("an object without a name: %v", it)
	}
	path := kind.path + "/" + url.PathEscape(name)
	query := "?fieldManager=mlnetc&fieldValidation=Strict&force=true"
	if really {
		defer s.ask(http.MethodDelete, path, nil)
	} else {
		query += "&dryRun=All"
	}
	status, text, err := s.ask(http.MethodPatch, path+query, body)
	if err != nil {
		return "", err
	}
	switch status {
	case http.StatusOK, http.StatusCreated:
		return "", nil
	// What is no list of ports for a merge is an internal error to it.
	// What a webhook denies is forbidden.
	case http.StatusInternalServerError, http.StatusBadRequest, http.StatusForbidden, http.StatusUnprocessableEntity:
		var said struct{ Message string }
		if err := json.Unmarshal(text, &said); err != nil {
			return "", err
		}
		return said.Message, nil
	}
	return "", fmt.Errorf("%d: %s", status, text)
}

func (s *server) ask(method, path string, body []byte) (int, []byte, error) {
	request, err := http.NewRequest(method, s.base+path, bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	request.Header.Set("Authorization", "Bearer "+s.token)
	request.Header.Set("Content-Type", "application/apply-patch+yaml")
	answer, err := s.http.Do(request)
	if err != nil {
		return 0, nil, err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	return answer.StatusCode, text, err
}
