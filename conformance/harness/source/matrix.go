package source

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/netip"
	"sort"
)

// Matrix is the answer to `mlnetc query '* -> *'`: every pair of ends, and what each may open.
type Matrix struct {
	Pods      []End // classes of pods that no policy can tell apart
	Addresses []End
	records   map[[2]string][]Record
}

// End is a client or a server.
type End struct {
	Name        string
	Kind        string
	Namespace   string
	Labels      map[string]string
	First, Last netip.Addr
}

// Record is what is so for a range of ports.
type Record struct {
	Client, Server string
	Protocol       string
	Port, EndPort  int
	Allowed        bool
	Egress         Side
	Ingress        Side
}

// Side is what one end's policies say.
type Side struct{ Verdict string }

// open says whether this side alone lets the connection through.
func (s Side) open() bool { return s.Verdict != "denied" }

// Verdict is what the compiler says of one connection.
type Verdict struct{ Egress, Ingress bool }

// Open says whether both sides let it through.
func (v Verdict) Open() bool { return v.Egress && v.Ingress }

func readMatrix(text []byte) (*Matrix, error) {
	var read struct {
		Ends        map[string]End
		Connections []Record
	}
	if err := json.Unmarshal(text, &read); err != nil {
		return nil, err
	}
	matrix := &Matrix{records: map[[2]string][]Record{}}
	for name, end := range read.Ends {
		end.Name = name
		switch {
		case end.Kind == "pods":
			matrix.Pods = append(matrix.Pods, end)
		case end.First.Is4():
			matrix.Addresses = append(matrix.Addresses, end)
		}
	}
	sort.Slice(matrix.Pods, func(i, j int) bool { return matrix.Pods[i].Name < matrix.Pods[j].Name })
	sort.Slice(matrix.Addresses, func(i, j int) bool { return matrix.Addresses[i].First.Less(matrix.Addresses[j].First) })
	for _, it := range read.Connections {
		pair := [2]string{it.Client, it.Server}
		matrix.records[pair] = append(matrix.records[pair], it)
	}
	return matrix, nil
}

// Records are what is said of a pair of ends.
func (m *Matrix) Records(client, server string) []Record { return m.records[[2]string{client, server}] }

// Verdict is what is said of one port of a pair.
func (m *Matrix) Verdict(client, server, protocol string, port int) (Verdict, error) {
	for _, it := range m.Records(client, server) {
		if it.Protocol == protocol && it.Port <= port && port <= it.EndPort {
			return Verdict{it.Egress.open(), it.Ingress.open()}, nil
		}
	}
	return Verdict{}, fmt.Errorf("mlnetc says nothing of %s -> %s:%d/%s", client, server, port, protocol)
}

// At is the end that an address belongs to.
func (m *Matrix) At(address string) (End, bool) {
	at, err := netip.ParseAddr(address)
	if err != nil {
		return End{}, false
	}
	for _, it := range m.Addresses {
		if !at.Less(it.First) && !it.Last.Less(at) {
			return it, true
		}
	}
	return End{}, false
}

// Says is whoever can say what is open between pods of a namespace with labels.
type Says interface {
	Opens(client, server End, protocol string, port int) bool
}

// Everything is a cluster without policies.
type Everything struct{}

// Opens is true.
func (Everything) Opens(End, End, string, int) bool { return true }

// Opens asks for the classes that have exactly these labels. What the source does not tell apart is not open.
func (m *Matrix) Opens(client, server End, protocol string, port int) bool {
	from, known := m.like(client)
	to, also := m.like(server)
	if !known || !also {
		return false
	}
	verdict, err := m.Verdict(from, to, protocol, port)
	return err == nil && verdict.Open()
}

func (m *Matrix) like(end End) (string, bool) {
	for _, it := range m.Pods {
		if it.Namespace == end.Namespace && maps.Equal(it.Labels, end.Labels) {
			return it.Name, true
		}
	}
	return "", false
}
