//! Every code, once, in order. A row without its page does not compile.
//!
//! The letter is the severity (`E` stops the build, `W` does not, `N` is a remark), the first two digits are the
//! family. A code is never reused.

use super::severity::Severity;

/// A row of the catalog.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// The code.
    pub code: Code,
    /// The problem, in a few words.
    pub title: &'static str,
    /// Its page, as Markdown: the output of `mlnetc explain`, and a page of `docs/diagnostics`.
    pub page: &'static str,
    /// A failing example: a source or manifests.
    pub bad: &'static str,
    /// The diagnostics of the failing example.
    pub message: &'static str,
    /// The fixed example.
    pub good: &'static str,
}

macro_rules! catalog {
    // A row is about a source, unless it is marked as one about manifests.
    (@file $code:ident $name:literal) => {
        concat!("../../golden/diagnostics/", stringify!($code), "/", $name, ".mlnet")
    };
    (@file $code:ident $name:literal manifests) => {
        concat!("../../golden/diagnostics/", stringify!($code), "/", $name, ".yaml")
    };
    ($($(#[$doc:meta])* $code:ident $title:literal $(of $what:ident)?;)+) => {
        /// A stable code of a diagnostic.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $(#[doc = $title] $code,)+
        }

        impl Code {
            /// Every code, in order.
            pub const ALL: &'static [Self] = &[$(Self::$code),+];

            /// Returns the printed form: `E0201`.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$code => stringify!($code),)+
                }
            }

            /// Returns its row.
            pub fn row(self) -> Row {
                match self {
                    $(Self::$code => Row {
                        code: self,
                        title: $title,
                        page: include_str!(concat!("../../golden/diagnostics/", stringify!($code), "/README.md")),
                        bad: include_str!(catalog!(@file $code "bad" $($what)?)),
                        message: include_str!(concat!("../../golden/diagnostics/", stringify!($code), "/bad.txt")),
                        good: include_str!(catalog!(@file $code "good" $($what)?)),
                    },)+
                }
            }
        }
    };
}

catalog! {
    // E01xx: syntax errors.
    E0101 "syntax error";
    E0102 "unknown declaration";
    E0103 "two declarations on one line";
    E0104 "unbalanced bracket";
    E0105 "unterminated string";
    E0106 "unknown escape in a string";
    E0107 "brackets nested too deep";
    E0108 "invalid name";
    E0109 "reserved word as a name";
    E0110 "invalid value";
    E0111 "invalid address";
    E0112 "network address with host bits";
    E0113 "invalid range";
    E0114 "invalid port";
    E0115 "invalid day";
    E0116 "key without quotes";
    E0117 "invalid expectation";
    W0117 "doc comment without a declaration";
    W0118 "expectation without a warning";

    // E02xx: unknown, misplaced and ambiguous names.
    E0201 "unknown name";
    E0202 "declared twice";
    E0203 "unknown field";
    E0204 "missing field";
    E0205 "unknown component";
    E0206 "unknown parameter";
    E0207 "missing argument";
    E0208 "unknown port";
    E0209 "unknown profile";
    E0210 "unknown namespace";
    E0211 "unknown cluster";
    E0212 "no cluster";
    E0213 "component that uses itself";
    E0214 "unknown pool, peer or profile";
    E0215 "unknown function";
    E0216 "pod port in place of a Service port";
    E0217 "server without a port";
    E0218 "port in the wrong place";
    E0219 "self without a namespace";
    E0220 "two uses with one name";
    E0221 "wrong place for a declaration";
    E0222 "wrong kind of declaration";
    E0223 "address of a Service";
    E0224 "wrong namespace for a use or a service";
    E0225 "cycle of aliases";
    E0226 "duplicate field or label";
    E0227 "use that the component rejects";
    E0228 "one Service declared twice";
    E0229 "too many components";
    E0230 "two network plugins";
    E0231 "invalid DNS domain";
    E0233 "tunnel address outside the pod network";
    W0201 "name that hides another";
    W0202 "component that hides a component of the standard library";
    W0203 "DNS disabled";
    W0204 "isolation weaker than that of the profile";
    W0205 "warning of a component";
    W0206 "address or DNS name of a declaration";

    // E03xx: values and addresses.
    W0207 "addresses of pods";
    W0232 "domain that begins with `svc`";
    W0234 "tunnel addresses outside the pod network";
    W0235 "version outside the tested range";
    W0236 "version that differs from the cluster's";
    E0301 "wrong kind of value";
    E0302 "port that a Service does not support";
    E0303 "unknown word";
    E0304 "malformed string";
    E0305 "invalid Kubernetes name";
    E0306 "two networks of one family";
    E0307 "wrong argument of a function";
    E0308 "address of a service that is not a load balancer";
    E0309 "set twice";
    E0310 "invalid environment variable";
    E0311 "unusable schema";
    E0312 "value that the chart's schema rejects";
    E0313 "one release with two documents";
    E0314 "port number with two meanings";
    E0321 "address claimed twice";
    E0322 "address in no pool";
    E0323 "reserved address";
    E0324 "pools that overlap";
    E0325 "pool that contains the cluster's own addresses";
    E0326 "services that cannot share an address";
    E0327 "node port claimed twice";
    E0331 "networks that overlap";
    E0332 "block size that Calico rejects";
    E0333 "encapsulation without BGP";
    E0334 "MetalLB in a network that it does not support";
    W0301 "node port outside the default range";
    W0335 "policies that no program enforces";
    W0336 "pool in a network without nodes";
    W0337 "service without a route from the internet";
    N0338 "anyone opens no egress";

    // E04xx: ownership.
    E0401 "declaration in another owner's file";
    E0402 "flow between other owners";
    E0403 "flow without consent";
    E0404 "malformed file pattern";
    E0405 "file with two owners";
    E0406 "consent for another owner";
    E0407 "namespace of another owner";
    E0408 "guardrail between other owners";
    E0409 "flow without its client's consent";
    E0410 "file pattern in a tenant's file";
    N0401 "accept that no flow uses";

    // E05xx: guardrails and assertions.
    E0501 "forbidden flow";
    E0502 "expired flow";
    E0503 "failing assertion";
    W0501 "flow without effect";
    W0502 "guardrail or assertion that is not evaluated";
    W0503 "flow that exists in no cluster";
    W0504 "flow between hosts";
    W0505 "selectors that may overlap";
    W0506 "workload that policies cannot isolate";
    W0507 "tenant's guardrail that flows of other owners cross";
    W0508 "flow that excludes workloads on nodes";
    N0501 "redundant flow";

    // E06xx: limits of the output.
    E0601 "host name in a policy";
    E0602 "unknown addresses of nodes";
    E0603 "unknown addresses of the API server";
    E0604 "selector that a Service does not support";
    E0605 "Service without a port";
    E0606 "fixed address that cannot be set";
    E0607 "shared address that cannot be set";
    E0608 "two load balancers with the same labels";
    E0609 "no load-balancer address";
    E0610 "IP-in-IP for an IPv6 network";
    E0615 "variable that is set twice";
    E0616 "MetalLB version that lacks a setting";
    E0617 "field for another kind of announcement";
    W0611 "unknown tunnel addresses";
    W0612 "load balancer that hides its clients";
    W0613 "network plugin that does not match nodes";
    W0614 "address that MetalLB chooses";

    // E07xx: the lock, and announcements of addresses.
    E0701 "damaged lock";
    E0702 "unknown version of the lock";
    E0703 "one address for two services in the lock";
    E0704 "pool with too few addresses";
    E0705 "load balancer without a pool";
    E0708 "invalid BGP session";
    E0709 "password in the source";
    E0710 "conflicting BGP settings";
    E0711 "address that its pool avoids";
    E0712 "community that MetalLB rejects";
    E0713 "routes without a matching range";
    E0714 "setting that MetalLB's own BGP lacks";
    W0706 "fixed address that moves a service";
    W0707 "service that loses its address";
    W0715 "BGP pool without a peer";
    W0716 "BGP setting without effect";
    W0717 "pools that two clusters announce";

    // E08xx: snapshots, the output folder and reports.
    E0801 "invalid object" of manifests;
    E0840 "report for another distribution";
    E0842 "invalid template of a report";
    W0801 "label that the namespace does not have" of manifests;
    W0802 "label that the pods do not have" of manifests;
    W0803 "two peers instead of one" of manifests;
    W0804 "selector of pods on their nodes' network" of manifests;
    W0805 "API server selected as pods" of manifests;
    W0806 "address of a Service in a policy" of manifests;
    W0811 "empty list of peers" of manifests;
    W0812 "Service port in a policy" of manifests;
    W0813 "port name that no pod has" of manifests;
    W0814 "DNS for one protocol" of manifests;
    W0815 "blocked DNS" of manifests;
    W0816 "rules that `policyTypes` does not list" of manifests;
    W0817 "Service without allowed clients" of manifests;
    W0821 "annotation that MetalLB does not read" of manifests;
    W0822 "address that two Services claim" of manifests;
    W0823 "requested address in no pool" of manifests;
    W0824 "address requested in two ways" of manifests;
    W0825 "pools that MetalLB rejects" of manifests;
    W0826 "advertisement without effect" of manifests;
    W0827 "Service without pods" of manifests;
    W0828 "target port that no pod has" of manifests;
    W0829 "endpoints that are the address of a Service" of manifests;
    W0830 "missing Service" of manifests;
    W0831 "node port that two Services claim" of manifests;
    W0832 "field that Calico does not read" of manifests;
    W0833 "port name twice in one pod" of manifests;
    W0834 "flow that another owner's policy blocks";
    W0835 "node that the source does not list";
    W0836 "Service without a port of the source";
    W0837 "variable twice in one container";
    W0838 "two objects where a namespace may have one";
    W0839 "output of a deleted cluster";
    W0841 "output of another project";
    N0801 "selector of no namespace" of manifests;
    N0802 "selector of no pod" of manifests;
    N0803 "rule without peers" of manifests;
    N0804 "block of every address" of manifests;
    N0805 "redundant rule" of manifests;
    N0806 "port that no pod declares" of manifests;
    N0807 "direction closed by default" of manifests;
    N0808 "namespace without internal connections" of manifests;
    N0809 "address of a pod in a policy" of manifests;
    N0811 "shared address with one Service" of manifests;
    N0812 "node ports of load balancers" of manifests;
    N0813 "load balancer that requests no address" of manifests;
    N0814 "target port that no pod declares" of manifests;
    N0815 "permissions at the API server that pods cannot use" of manifests;
    N0821 "unused flow";
    N0822 "flow wider than the ports of its server";
    N0823 "rule wider than the flows";
    N0824 "address without a node";

    // E09xx: reading a cluster.
    E0901 "no cluster configured";
    E0902 "no connection to the API server";
    E0903 "untrusted certificate";
    E0904 "rejected credentials";
    E0905 "no answer in time";
    E0906 "incomplete answer";
    E0907 "unavailable API server";
    E0908 "failing exec plugin";
    E0909 "unreadable credentials";
    W0901 "kinds that the caller may not read";
    W0902 "failing API group";
    W0903 "kind that the cluster does not have";
    W0904 "kind in another version";
    W0905 "object that the API server rejects";
    W0906 "object that the cluster's schema rejects";
    N0901 "objects without a dry run";

    // E10xx: messages beside a result, without a line of a source: refusals, then risks of a change by their classes
    // (W100x disruptive, W101x locks-out, W102x opens-to-internet, W103x moves-address, W104x restarts, W105x
    // not-analysed), then notes.
    E1001 "risks that `--fail-on` refuses";
    E1002 "lock that would change";
    W1001 "removed namespace";
    W1002 "removed Installation of Calico";
    W1003 "another block size of a Calico pool";
    W1004 "another encapsulation of a Calico pool";
    W1005 "removed Calico pool";
    W1006 "Service that must be created again";
    W1011 "pods that lose a connection";
    W1021 "pods that may connect to the internet";
    W1022 "pods that the internet may connect to";
    W1031 "address of a removed Service";
    W1032 "Service that loses its address";
    W1033 "Service that gets another address";
    W1034 "address that no pool contains any more";
    W1035 "Helm release that gets another address";
    W1041 "workload that restarts";
    W1042 "restart of calico-node";
    W1051 "policy that is not analysed";
    W1061 "object with another owner";
    W1062 "object that is being deleted";
    W1063 "field of another field manager";
    W1064 "difference that no apply removes";
    W1065 "overlapping pool of another owner";
    W1066 "load balancer without its requested address";
    N1001 "workload that does not exist yet";
    N1002 "object without an owner";
    N1003 "node ports that stay open";
    N1004 "changed Helm values";
    N1005 "policies of other owners";
    N1006 "kinds without a live object";
    N1007 "invalid object that is left out";
    N1008 "objects that could not be read";
    N1009 "connections that were not compared";
    N1010 "objects of other kinds";
    N1011 "documents that are no objects";
    N1012 "Helm values without an object";
    N1021 "snapshot without every namespace";
    N1022 "snapshot without pods and workloads";
    N1023 "snapshot with workloads and without Pods";
    N1024 "snapshot without Services";
    N1031 "link that is not followed";
    N1032 "flows that were not compared with a snapshot";
    N1033 "changed output";
    N1034 "files that are not in the stream";
    N1035 "changed lock";
    N1041 "question about labels that no pod has";
    N1042 "question about the address of a Service";
    N1043 "port of a Service, and port of its pods";
    N1044 "port that the Service does not have";
}

/// The families, by the first two digits of their codes.
pub const FAMILIES: &[(&str, &str)] = &[
    ("01", "syntax"),
    ("02", "names"),
    ("03", "values and addresses"),
    ("04", "ownership"),
    ("05", "guardrails and assertions"),
    ("06", "limits of the output"),
    ("07", "the lock, and announcements of addresses"),
    ("08", "snapshots, outputs and reports"),
    ("09", "reading a cluster"),
    ("10", "risks of a change, and notes beside a result"),
];

impl Code {
    /// Returns the severity, by the letter of the code.
    pub fn severity(self) -> Severity {
        match self.as_str().as_bytes().first() {
            Some(b'E') => Severity::Error,
            Some(b'W') => Severity::Warning,
            _ => Severity::Note,
        }
    }

    /// Returns whether the code is reported only if a snapshot is read.
    pub fn needs_snapshot(self) -> bool {
        matches!(self.as_str().get(1..3), Some("08" | "09"))
    }

    /// Returns whether its messages are beside a result and have no line of a source, so that a comment cannot expect
    /// them.
    pub fn is_beside_result(self) -> bool {
        self.as_str().get(1..3) == Some("10")
    }

    /// Parses the printed form of a code.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|it| it.as_str().eq_ignore_ascii_case(text))
    }
}

impl std::fmt::Display for Code {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(self.as_str())
    }
}
