package main

import (
	"fmt"
	"slices"

	"github.com/mattfenwick/cyclonus/pkg/kube"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
)

// Both judges have selectors of their own, which contradict Kubernetes' library: to cyclonus `NotIn` does not match
// where the label is absent, and to both an empty value is the same as no label. (The packets say
// what the library says: see differences.yaml.) Where it matters, a judge gets the library's answer instead, as a
// label of pods and namespaces, so that the rest of its opinion can be heard.

// Errs says whether a judge answers otherwise than the library.
// The last one says whether it is the podSelector of a peer with a namespaceSelector.
type errs func(has map[string]string, selector *metav1.LabelSelector, library, elsewhere bool) bool

func cyclonusErrs(has map[string]string, selector *metav1.LabelSelector, library, _ bool) bool {
	return library != kube.IsLabelsMatchLabelSelector(has, *selector)
}

func analyzerErrs(has map[string]string, selector *metav1.LabelSelector, _, elsewhere bool) bool {
	for key, value := range selector.MatchLabels {
		if _, there := has[key]; value == "" && !there {
			return true
		}
	}
	for _, it := range selector.MatchExpressions {
		// It looks into the policy's own namespace only (PeerContainer.get_peers_with_key).
		if elsewhere && (it.Operator == metav1.LabelSelectorOpExists || it.Operator == metav1.LabelSelectorOpDoesNotExist) {
			return true
		}
		if _, there := has[it.Key]; slices.Contains(it.Values, "") && !there {
			return true
		}
	}
	return false
}

// withLibrary replaces the selectors about which a judge errs, and says whether there are any.
func (s *Set) withLibrary(err errs) (*Set, bool, error) {
	changed := *s
	changed.Namespaces = map[string]map[string]string{}
	for name, has := range s.Namespaces {
		changed.Namespaces[name] = copied(has)
	}
	changed.Pods = nil
	for _, pod := range s.Pods {
		pod = pod.DeepCopy()
		pod.Labels = copied(pod.Labels)
		changed.Pods = append(changed.Pods, pod)
	}
	changed.Policies = nil
	count := 0
	var failed error
	replace := func(selector *metav1.LabelSelector, elsewhere bool) {
		if selector == nil {
			return
		}
		library, wrong := metav1.LabelSelectorAsSelector(selector)
		if wrong != nil {
			failed = wrong
			return
		}
		agree := func(has map[string]string) bool {
			return !err(has, selector, library.Matches(labels.Set(has)), elsewhere)
		}
		all := true
		for _, has := range s.Namespaces {
			all = all && agree(has)
		}
		for _, pod := range s.Pods {
			all = all && agree(pod.Labels)
		}
		if all {
			return
		}
		count++
		label := fmt.Sprintf("library.example/%d", count)
		for name, has := range s.Namespaces {
			changed.Namespaces[name][label] = fmt.Sprint(library.Matches(labels.Set(has)))
		}
		for at, pod := range s.Pods {
			changed.Pods[at].Labels[label] = fmt.Sprint(library.Matches(labels.Set(pod.Labels)))
		}
		*selector = metav1.LabelSelector{MatchLabels: map[string]string{label: "true"}}
	}
	peers := func(list []networkingv1.NetworkPolicyPeer) {
		for _, peer := range list {
			replace(peer.NamespaceSelector, false)
			replace(peer.PodSelector, peer.NamespaceSelector != nil)
		}
	}
	for _, policy := range s.Policies {
		policy = policy.DeepCopy()
		replace(&policy.Spec.PodSelector, false)
		for _, rule := range policy.Spec.Ingress {
			peers(rule.From)
		}
		for _, rule := range policy.Spec.Egress {
			peers(rule.To)
		}
		changed.Policies = append(changed.Policies, policy)
	}
	return &changed, count > 0, failed
}

func copied(has map[string]string) map[string]string {
	copy := map[string]string{}
	for key, value := range has {
		copy[key] = value
	}
	return copy
}
