// Package kube starts a real control plane with its network, and talks to it.
package kube

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"mlnetc.dev/conformance/harness/box"
)

// Object is anything that the API server stores.
type Object map[string]any

// Client asks the API server, as its administrator.
type Client struct {
	base, token string
	http        *http.Client
	kinds       sync.Map // "apiVersion/Kind" -> kind
}

type kind struct {
	Name       string
	Namespaced bool
}

// Refusal is an answer of the API server that is no success.
type Refusal struct {
	Code    int
	Reason  string
	Message string
}

func (r *Refusal) Error() string { return fmt.Sprintf("%d %s: %s", r.Code, r.Reason, r.Message) }

// Absent says whether the server knows nothing of what was asked for.
func Absent(err error) bool {
	refusal, is := err.(*Refusal)
	return is && refusal.Code == http.StatusNotFound
}

// Conflicts says whether somebody else has set what was to be applied.
func Conflicts(err error) bool {
	refusal, is := err.(*Refusal)
	return is && refusal.Reason == "Conflict"
}

// Exists says whether the server has what was to be made.
func Exists(err error) bool {
	refusal, is := err.(*Refusal)
	return is && refusal.Reason == "AlreadyExists"
}

// NewClient dials the server from a network namespace.
func NewClient(namespace, address, token string) *Client {
	transport := &http.Transport{
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			return box.Dial(ctx, namespace, network, address)
		},
		// The server made its certificate itself, a moment ago, and nobody else is in its namespace.
		TLSClientConfig:     &tls.Config{InsecureSkipVerify: true},
		MaxIdleConnsPerHost: 32,
		ForceAttemptHTTP2:   true,
	}
	return &Client{base: "https://" + address, token: token, http: &http.Client{Transport: transport}}
}

// Transport is the way to the server, for others who ask it.
func (c *Client) Transport() http.RoundTripper { return c.http.Transport }

// Do sends a request. The answer is read into `into`, where that is not nil.
func (c *Client) Do(method, path, contentType string, body []byte, into any) error {
	answer, err := c.open(context.Background(), method, path, contentType, body)
	if err != nil {
		return err
	}
	defer answer.Close()
	if into == nil {
		_, err = io.Copy(io.Discard, answer)
		return err
	}
	return json.NewDecoder(answer).Decode(into)
}

// open asks again where the server says that it is not ready for a kind yet.
func (c *Client) open(ctx context.Context, method, path, contentType string, body []byte) (io.ReadCloser, error) {
	for patience := 100; ; patience-- {
		answer, err := c.once(ctx, method, path, contentType, body)
		refusal, is := err.(*Refusal)
		if !is || refusal.Code != http.StatusTooManyRequests || patience == 0 {
			return answer, err
		}
		time.Sleep(100 * time.Millisecond)
	}
}

func (c *Client) once(ctx context.Context, method, path, contentType string, body []byte) (io.ReadCloser, error) {
	request, err := http.NewRequestWithContext(ctx, method, c.base+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Authorization", "Bearer "+c.token)
	request.Header.Set("Accept", "application/json")
	if contentType != "" {
		request.Header.Set("Content-Type", contentType)
	}
	answer, err := c.http.Do(request)
	if err != nil {
		return nil, err
	}
	if answer.StatusCode < 300 {
		return answer.Body, nil
	}
	defer answer.Body.Close()
	text, _ := io.ReadAll(answer.Body)
	refusal := &Refusal{Code: answer.StatusCode}
	var status struct{ Reason, Message string }
	if json.Unmarshal(text, &status) == nil && status.Message != "" {
		refusal.Reason, refusal.Message = status.Reason, status.Message
	} else {
		refusal.Message = strings.TrimSpace(string(text))
	}
	return nil, refusal
}

// Get reads one object, or a list of them.
func (c *Client) Get(path string, into any) error {
	return c.Do(http.MethodGet, path, "", nil, into)
}

// Kinds reads the list of all kinds, as client libraries do.
func (c *Client) Kinds(into any) error {
	request, err := http.NewRequest(http.MethodGet, c.base+"/apis", nil)
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "Bearer "+c.token)
	request.Header.Set("Accept", "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList")
	answer, err := c.http.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	return json.NewDecoder(answer.Body).Decode(into)
}

// List reads all objects of a collection, such as "/api/v1/services".
func (c *Client) List(path string) ([]Object, error) {
	var list struct{ Items []Object }
	err := c.Get(path, &list)
	return list.Items, err
}

// Create posts an object to the collection of its kind.
func (c *Client) Create(object Object) error {
	path, err := c.Collection(object)
	if err != nil {
		return err
	}
	return c.Do(http.MethodPost, path, "application/json", Encode(object), nil)
}

// Delete removes an object at once, whether it is there or not.
func (c *Client) Delete(path string) error {
	body := []byte(`{"kind":"DeleteOptions","apiVersion":"v1","gracePeriodSeconds":0,"propagationPolicy":"Background"}`)
	err := c.Do(http.MethodDelete, path, "application/json", body, nil)
	if Absent(err) {
		return nil
	}
	return err
}

// Remove takes a namespace away at once. Its controller would do so too, but waits for five seconds first.
func (c *Client) Remove(namespace string) error {
	path := "/api/v1/namespaces/" + namespace
	if err := c.Delete(path); err != nil {
		return err
	}
	last := Object{"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]any{"name": namespace}, "spec": map[string]any{}}
	err := c.Do(http.MethodPut, path+"/finalize", "application/json", Encode(last), nil)
	if Absent(err) {
		return nil
	}
	return err
}

// Merge changes some fields of an object.
func (c *Client) Merge(path string, change any) error {
	return c.Do(http.MethodPatch, path, "application/merge-patch+json", Encode(change), nil)
}

// Apply is a server-side apply as the field manager, with nothing unknown allowed and nothing forced.
func (c *Client) Apply(object Object, manager string) (Object, error) {
	path, err := c.Path(object)
	if err != nil {
		return nil, err
	}
	query := url.Values{"fieldManager": {manager}, "fieldValidation": {"Strict"}}
	var stored Object
	err = c.Do(http.MethodPatch, path+"?"+query.Encode(), "application/apply-patch+yaml", Encode(object), &stored)
	return stored, err
}

// Force is an apply that takes from others what they have set.
func (c *Client) Force(object Object, manager string) error {
	path, err := c.Path(object)
	if err != nil {
		return err
	}
	query := url.Values{"fieldManager": {manager}, "force": {"true"}}
	return c.Do(http.MethodPatch, path+"?"+query.Encode(), "application/apply-patch+yaml", Encode(object), nil)
}

// CreateAs posts an object as a field manager.
func (c *Client) CreateAs(object Object, manager string) error {
	path, err := c.Collection(object)
	if err != nil {
		return err
	}
	return c.Do(http.MethodPost, path+"?fieldManager="+manager, "application/json", Encode(object), nil)
}

// Watch calls back for each change of a collection, and for what is there already, until the context ends.
func (c *Client) Watch(ctx context.Context, path string, changed func(event string, object Object)) {
	for ctx.Err() == nil {
		if stream, err := c.open(ctx, http.MethodGet, path+"?watch=true", "", nil); err == nil {
			decoder := json.NewDecoder(stream)
			for {
				var event struct {
					Type   string
					Object Object
				}
				if decoder.Decode(&event) != nil {
					break
				}
				changed(event.Type, event.Object)
			}
			stream.Close()
		}
		select {
		case <-ctx.Done():
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// Collection is the path of an object's siblings.
func (c *Client) Collection(object Object) (string, error) {
	version, name := Text(object, "apiVersion"), Text(object, "kind")
	kind, err := c.kind(version, name)
	if err != nil {
		return "", err
	}
	path := root(version)
	if kind.Namespaced {
		namespace := Text(object, "metadata", "namespace")
		if namespace == "" {
			namespace = "default"
		}
		path += "/namespaces/" + namespace
	}
	return path + "/" + kind.Name, nil
}

// Path is where an object lies.
func (c *Client) Path(object Object) (string, error) {
	collection, err := c.Collection(object)
	return collection + "/" + Text(object, "metadata", "name"), err
}

func (c *Client) kind(version, name string) (kind, error) {
	if known, is := c.kinds.Load(version + "/" + name); is {
		return known.(kind), nil
	}
	var list struct {
		Resources []struct {
			Name, Kind string
			Namespaced bool
		}
	}
	if err := c.Get(root(version), &list); err != nil {
		return kind{}, fmt.Errorf("%s of %s: %w", name, version, err)
	}
	for _, it := range list.Resources {
		if !strings.Contains(it.Name, "/") {
			c.kinds.Store(version+"/"+it.Kind, kind{it.Name, it.Namespaced})
		}
	}
	known, is := c.kinds.Load(version + "/" + name)
	if !is {
		return kind{}, fmt.Errorf("the server has no kind %s in %s", name, version)
	}
	return known.(kind), nil
}

func root(version string) string {
	if strings.Contains(version, "/") {
		return "/apis/" + version
	}
	return "/api/" + version
}

// Encode writes JSON.
func Encode(value any) []byte {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err) // Objects are maps of what YAML and JSON can say.
	}
	return text
}

// Post sends an object to a path.
func (c *Client) Post(path string, object Object) error {
	return c.Do(http.MethodPost, path, "application/json", Encode(object), nil)
}
