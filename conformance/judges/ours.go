package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"os/exec"
)

// Ours is what `mlnetc query` says.
type ours struct {
	pods   map[string]string
	ranges []struct {
		first, last netip.Addr
		end         string
	}
	answers map[[2]string][]answer
	// The end of each address that was asked about.
	found map[netip.Addr]string
}

type answer struct {
	run
	allowed bool
}

func askOurs(mlnetc, folder string) (*ours, error) {
	command := exec.Command(mlnetc, "query", "--against", folder, "* -> *", "--output", "json")
	var out, said bytes.Buffer
	command.Stdout, command.Stderr = &out, &said
	if err := command.Run(); err != nil {
		return nil, fmt.Errorf("mlnetc: %w: %s", err, said.String())
	}
	var document struct {
		Ends map[string]struct {
			Kind, Namespace string
			Names           []string
			First, Last     string
		}
		Connections []struct {
			Client, Server, Protocol string
			Port, EndPort            int
			Allowed                  bool
		}
	}
	if err := json.Unmarshal(out.Bytes(), &document); err != nil {
		return nil, err
	}
	opinion := &ours{pods: map[string]string{}, answers: map[[2]string][]answer{}, found: map[netip.Addr]string{}}
	for end, it := range document.Ends {
		if it.Kind == "pods" {
			for _, pod := range it.Names {
				opinion.pods[it.Namespace+"/"+pod] = end
			}
			continue
		}
		first, err := netip.ParseAddr(it.First)
		last, also := netip.ParseAddr(it.Last)
		if err := errors.Join(err, also); err != nil {
			return nil, err
		}
		opinion.ranges = append(opinion.ranges, struct {
			first, last netip.Addr
			end         string
		}{first, last, end})
	}
	for _, it := range document.Connections {
		pair := [2]string{it.Client, it.Server}
		opinion.answers[pair] = append(opinion.answers[pair], answer{run{it.Protocol, it.Port, it.EndPort}, it.Allowed})
	}
	return opinion, nil
}

func (o *ours) end(of End) string {
	if of.Pod != nil {
		return o.pods[of.name]
	}
	if end, known := o.found[of.Address]; known {
		return end
	}
	for _, it := range o.ranges {
		if it.first.BitLen() == of.Address.BitLen() && it.first.Compare(of.Address) <= 0 && of.Address.Compare(it.last) <= 0 {
			o.found[of.Address] = it.end
			return it.end
		}
	}
	return ""
}

// Between is what the document says of the two. That is never nothing: everybody is an end.
func (o *ours) Between(client, server End) Answers {
	pair := [2]string{o.end(client), o.end(server)}
	return ourAnswers{pair, o.answers[pair]}
}

type ourAnswers struct {
	pair    [2]string
	answers []answer
}

// Allows panics where there is no answer: every port has a record.
func (o ourAnswers) Allows(protocol string, port int) bool {
	for _, it := range o.answers {
		if it.protocol == protocol && it.from <= port && port <= it.to {
			return it.allowed
		}
	}
	panic(fmt.Sprintf("mlnetc says nothing about %v %s %d", o.pair, protocol, port))
}

func (o ourAnswers) Edges(protocol string) []int {
	var edges []int
	for _, it := range o.answers {
		if it.protocol == protocol {
			edges = append(edges, it.from, it.to)
		}
	}
	return edges
}
