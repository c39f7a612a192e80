package main

import (
	"bufio"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"net/netip"
	"os/exec"
	"slices"
	"strconv"
	"strings"
)

//go:embed analyzer.py
var script string

// Analyzer is a running Network Config Analyzer.
type analyzer struct {
	command *exec.Cmd
	in      io.WriteCloser
	out     *bufio.Reader
}

func startAnalyzer(python string) (*analyzer, error) {
	command := exec.Command(python, "-c", script)
	// Its advice about style goes nowhere; what stops it is in its answer.
	command.Stderr = io.Discard
	in, err := command.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	return &analyzer{command, in, bufio.NewReaderSize(out, 1<<20)}, command.Start()
}

func (a *analyzer) stop() error {
	_ = a.in.Close()
	return a.command.Wait()
}

// Reaches are the connections between two ends that it lists; what it does not list is closed.
type reaches struct {
	client, server span
	runs           []run
}

// Span is a pod or a range of addresses.
type span struct {
	pod         string
	first, last netip.Addr
}

func (s span) has(end End) bool {
	if end.Pod != nil {
		return s.pod == end.name
	}
	return s.pod == "" && s.first.BitLen() == end.Address.BitLen() &&
		s.first.Compare(end.Address) <= 0 && end.Address.Compare(s.last) <= 0
}

// Analyzed is what it lists, by the client that is a pod, or "" for addresses.
type analyzed map[string][]reaches

// Between is what it lists of the two.
func (a analyzed) Between(client, server End) Answers {
	var found listed
	pod := ""
	if client.Pod != nil {
		pod = client.name
	}
	for _, it := range a[pod] {
		if it.client.has(client) && it.server.has(server) {
			found = append(found, it.runs...)
		}
	}
	return found
}

func (a *analyzer) ask(folder string) (analyzed, error) {
	opinion := analyzed{}
	if _, err := fmt.Fprintln(a.in, folder); err != nil {
		return opinion, err
	}
	line, err := a.out.ReadBytes('\n')
	if err != nil {
		return opinion, err
	}
	var answer struct{ Out, Said, Error string }
	if err := json.Unmarshal(line, &answer); err != nil {
		return opinion, err
	}
	if answer.Error != "" {
		return opinion, fmt.Errorf("the analyzer fails: %s", answer.Error)
	}
	heard := false
	for _, line := range strings.Split(answer.Out, "\n") {
		heard = heard || strings.Contains(line, "cluster has")
		client, rest, is := strings.Cut(line, " => ")
		if !is {
			continue
		}
		server, connections, is := strings.Cut(rest, " : ")
		if !is {
			return opinion, fmt.Errorf("the analyzer writes %q", line)
		}
		it := reaches{client: spanOf(client), server: spanOf(server)}
		if it.runs, err = runs(connections); err != nil {
			return opinion, err
		}
		opinion[it.client.pod] = append(opinion[it.client.pod], it)
	}
	if !heard {
		return opinion, fmt.Errorf("the analyzer says nothing: %s%s", answer.Out, answer.Said)
	}
	return opinion, nil
}

func spanOf(text string) span {
	from, to, ranged := strings.Cut(text, "-")
	first, err := netip.ParseAddr(from)
	if err != nil {
		return span{pod: strings.TrimSuffix(text, "[Pod]")}
	}
	last := first
	if ranged {
		if last, err = netip.ParseAddr(to); err != nil {
			return span{pod: text}
		}
	}
	return span{first: first, last: last}
}

// Its words: `All connections`, or `{protocols:TCP,dst_ports:80,8000-8079}`.
func runs(text string) ([]run, error) {
	var found []run
	if text == "All connections" {
		for _, protocol := range protocols {
			found = append(found, run{protocol, 1, 65535})
		}
		return found, nil
	}
	inner, is := strings.CutPrefix(strings.TrimSuffix(text, "}"), "{protocols:")
	if !is {
		return nil, fmt.Errorf("the analyzer writes connections %q", text)
	}
	of, ports, limited := strings.Cut(inner, ",dst_ports:")
	for _, protocol := range strings.Split(of, ",") {
		protocol = strings.TrimSpace(protocol)
		if !slices.Contains(protocols, protocol) {
			return nil, fmt.Errorf("the analyzer writes connections %q", text)
		}
		if !limited {
			found = append(found, run{protocol, 1, 65535})
			continue
		}
		for _, port := range strings.Split(ports, ",") {
			from, to, ranged := strings.Cut(port, "-")
			if !ranged {
				to = from
			}
			first, err := strconv.Atoi(from)
			if err != nil {
				return nil, fmt.Errorf("the analyzer writes connections %q", text)
			}
			last, err := strconv.Atoi(to)
			if err != nil {
				return nil, fmt.Errorf("the analyzer writes connections %q", text)
			}
			found = append(found, run{protocol, first, last})
		}
	}
	return found, nil
}

// Listed are connections that are open; no other is.
type listed []run

func (l listed) Allows(protocol string, port int) bool {
	return slices.ContainsFunc(l, func(it run) bool {
		return it.protocol == protocol && it.from <= port && port <= it.to
	})
}

func (l listed) Edges(protocol string) []int {
	var edges []int
	for _, it := range l {
		if it.protocol == protocol {
			edges = append(edges, it.from, it.to)
		}
	}
	return edges
}
