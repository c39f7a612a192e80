//! Every code, once, in order. A row without its page does not compile.
//!
//! The letter says what it does (`E` stops the build, `W` does not, `N` is a remark), the first two
//! digits the family. A code is never reused.

use super::Severity;

/// A row of the catalog.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// The code.
    pub code: Code,
    /// The problem, in a few words.
    pub title: &'static str,
    /// Its page: what `mlnetc explain` prints.
    pub page: &'static str,
    /// What the example is: a source, or manifests.
    pub example: &'static str,
    /// A realistic one with the mistake.
    pub bad: &'static str,
    /// What mlnetc says about it.
    pub message: &'static str,
    /// The same without the mistake.
    pub good: &'static str,
}

macro_rules! catalog {
    // A row is about a source, unless it says that it is about manifests.
    (@file $code:ident $name:literal) => {
        concat!("../../golden/diagnostics/", stringify!($code), "/", $name, ".mlnet")
    };
    (@file $code:ident $name:literal manifests) => {
        concat!("../../golden/diagnostics/", stringify!($code), "/", $name, ".yaml")
    };
    (@example) => { "A source" };
    (@example manifests) => { "Manifests" };
    ($($(#[$doc:meta])* $code:ident $title:literal $(of $what:ident)?;)+) => {
        /// A stable code of a diagnostic.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $(#[doc = $title] $code,)+
        }

        impl Code {
            /// Every code, in order.
            pub const ALL: &'static [Self] = &[$(Self::$code),+];

            /// As it is printed: `E0201`.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$code => stringify!($code),)+
                }
            }

            /// Its row.
            pub fn row(self) -> Row {
                match self {
                    $(Self::$code => Row {
                        code: self,
                        title: $title,
                        example: catalog!(@example $($what)?),
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
    // E01xx: the text is not the language.
    E0101 "the text does not parse";
    E0102 "unknown declaration";
    E0103 "two declarations on one line";
    E0104 "a bracket without its partner";
    E0105 "a string is not closed";
    E0106 "unknown escape in a string";
    E0107 "brackets are nested too deep";
    E0108 "not a name";
    E0109 "a reserved word as a name";
    E0110 "not a value";
    E0111 "not an address";
    E0112 "a network that names an address in it";
    E0113 "not a range";
    E0114 "not a port";
    E0115 "no such day";
    E0116 "a key without quotes";
    E0117 "an expectation without sense or reason";
    W0117 "a doc comment that belongs to nothing";
    W0118 "an expectation that nothing meets";

    // E02xx: a name means nothing here, or means too much.
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
    E0213 "component uses itself";
    E0214 "unknown pool, peer or profile";
    E0215 "unknown function";
    E0216 "pod port where a Service port is meant";
    E0217 "server without a port";
    E0218 "port that does not belong here";
    E0219 "self without a namespace";
    E0220 "two uses with one name";
    E0221 "wrong place for a declaration";
    E0222 "not what is asked for here";
    E0223 "address of a Service";
    E0224 "wrong namespace for a use or a service";
    E0225 "alias in a circle";
    E0226 "given twice";
    E0227 "component refuses";
    E0228 "one Service declared twice";
    E0229 "components that multiply";
    E0230 "two network plugins";
    E0231 "not a DNS domain";
    E0233 "a tunnel address that no pod network has";
    W0201 "name hides another";
    W0202 "component hides one of the standard library";
    W0203 "DNS turned off";
    W0204 "isolation weaker than the profile's";
    W0205 "component warns";
    W0206 "address or DNS name of something declared";

    // E03xx: values and addresses.
    W0207 "addresses of pods";
    W0232 "a domain that begins with `svc`";
    W0234 "tunnel addresses outside of the pod network";
    E0301 "wrong kind of value";
    E0302 "port that a Service cannot have";
    E0303 "unknown word";
    E0304 "malformed string";
    E0305 "not a Kubernetes name";
    E0306 "two networks of one family";
    E0307 "function on the wrong thing";
    E0308 "address of what is no load balancer";
    E0309 "set twice";
    E0310 "not an environment variable";
    E0311 "schema that cannot be used";
    E0312 "value that the chart's schema refuses";
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
    E0332 "block size that Calico refuses";
    E0333 "encapsulation without BGP";
    E0334 "MetalLB where it cannot announce";
    W0301 "a node port outside of the usual range";
    W0335 "policies that nobody enforces";
    W0336 "a pool where no node is";
    W0337 "a service without a route from the internet";
    N0338 "anyone opens no egress";

    // E04xx: ownership.
    E0401 "not the owner's file";
    E0402 "flow without its owner";
    E0403 "flow without consent";
    E0404 "malformed file pattern";
    E0405 "file with two owners";
    E0406 "consent to what is another's";
    E0407 "another's namespace";
    E0408 "guardrail without its owner";
    E0409 "flow without its client's consent";
    E0410 "a tenant's file that claims files";
    N0401 "accept that no flow uses";

    // E05xx: guardrails and assertions.
    E0501 "forbidden flow";
    E0502 "expired flow";
    E0503 "failing assertion";
    W0501 "flow without effect";
    W0502 "a guardrail or an assertion that is not evaluated";
    W0503 "a flow that no cluster has";
    W0504 "a flow of hosts";
    W0505 "selectors that may overlap";
    W0506 "a workload that no policy holds back";
    W0507 "a tenant's guardrail that flows of other owners cross";
    W0508 "a flow that leaves out workloads on nodes";
    N0501 "a flow that another covers";

    // E06xx: the back end cannot say it, or says it with a side effect.
    E0601 "a policy cannot name a host";
    E0602 "the nodes' addresses are not known";
    E0603 "the API server's addresses are not known";
    E0604 "a Service cannot select these pods";
    E0605 "a Service without a port";
    E0606 "a fixed address that nothing can set";
    E0607 "a shared address that nothing can set";
    E0608 "two load balancers have the same labels";
    E0609 "no load-balancer address";
    E0610 "IP-in-IP for an IPv6 network";
    E0615 "a variable that is set twice";
    E0616 "MetalLB is too old for this";
    E0617 "a field that the pool's announcement does not have";
    W0611 "the tunnel addresses are not known";
    W0612 "a load balancer hides its clients";
    W0613 "the enforcer does not match nodes";
    W0614 "MetalLB chooses an address";

    // E07xx: the lock, and how addresses are announced.
    E0701 "the lock cannot be trusted";
    E0702 "the lock is of another version";
    E0703 "two services have one address in the lock";
    E0704 "a pool has too few addresses";
    E0705 "no pool serves a load balancer";
    E0708 "a BGP session that cannot exist";
    E0709 "a password in the source";
    E0710 "BGP settings that exclude each other";
    E0711 "an address that its pool avoids";
    E0712 "a community that MetalLB refuses";
    E0713 "routes that no part of a pool fills";
    E0714 "what MetalLB's own BGP does not have";
    W0706 "a fixed address moves a service";
    W0707 "a service cannot keep its address";
    W0715 "a BGP pool without a peer";
    W0716 "a BGP setting without effect";
    W0717 "pools that two clusters announce";

    // E08xx: what a snapshot shows; the output folder and reports.
    E0801 "an object that no API server takes" of manifests;
    E0840 "a report for another distribution";
    E0842 "a template that gives no report";
    W0801 "a label that the namespace does not have" of manifests;
    W0802 "a label that the pods do not have" of manifests;
    W0803 "two peers where one is meant" of manifests;
    W0804 "a selector of pods on their nodes' network" of manifests;
    W0805 "the API server as pods" of manifests;
    W0806 "the address of a Service in a policy" of manifests;
    W0811 "an empty list of peers" of manifests;
    W0812 "a Service port in a policy" of manifests;
    W0813 "a port name that no pod has" of manifests;
    W0814 "DNS for one protocol" of manifests;
    W0815 "no DNS" of manifests;
    W0816 "rules that the policy is not about" of manifests;
    W0817 "a Service that nobody may reach" of manifests;
    W0821 "an annotation that MetalLB does not read" of manifests;
    W0822 "an address that two Services claim" of manifests;
    W0823 "a requested address in no pool" of manifests;
    W0824 "an address asked for in two ways" of manifests;
    W0825 "pools that MetalLB refuses" of manifests;
    W0826 "an advertisement without effect" of manifests;
    W0827 "a Service without pods" of manifests;
    W0828 "a target port that no pod has" of manifests;
    W0829 "endpoints that are the address of a Service" of manifests;
    W0830 "a Service that is not there" of manifests;
    W0831 "a node port that two Services claim" of manifests;
    W0832 "a field that Calico reads otherwise" of manifests;
    W0833 "a port name twice in one pod" of manifests;
    W0834 "a flow that a policy of others cuts";
    W0835 "a node that the source does not have";
    W0836 "a Service without a port of the source";
    W0837 "a variable twice in one container";
    W0838 "two objects where a namespace can have one";
    W0839 "output of a cluster that is gone";
    W0841 "output of another project";
    N0801 "a selector of no namespace" of manifests;
    N0802 "a selector of no pod" of manifests;
    N0803 "a rule for everybody" of manifests;
    N0804 "a block of every address" of manifests;
    N0805 "a rule that another covers" of manifests;
    N0806 "a port that no pod declares" of manifests;
    N0807 "a direction closed in passing" of manifests;
    N0808 "a namespace closed to itself" of manifests;
    N0809 "the address of a pod in a policy" of manifests;
    N0811 "an address shared with nobody" of manifests;
    N0812 "node ports of load balancers" of manifests;
    N0813 "a load balancer that asks for no address" of manifests;
    N0814 "a target port that no pod declares" of manifests;
    N0815 "rights at the API server that pods cannot use" of manifests;
    N0821 "flows that nothing can use";
    N0822 "a flow wider than what listens";
    N0823 "a rule wider than the flows";
    N0824 "an address of no node";

    // E09xx: a cluster that is read.
    E0901 "no cluster to read";
    E0902 "nobody answers";
    E0903 "a certificate that is not trusted";
    E0904 "credentials that are not accepted";
    E0905 "no answer in time";
    E0906 "an answer that is cut off";
    E0907 "an API server that cannot answer";
    E0908 "an exec plugin that fails";
    E0909 "credentials that cannot be read";
    W0901 "what may not be read";
    W0902 "an API group with a fault";
    W0903 "a kind that the cluster does not have";
    W0904 "a kind in another version";
    W0905 "an object that the API server refuses";
    W0906 "an object that the cluster's schema refuses";
    N0901 "objects that may not be tried";
}

/// The families, by the first two digits of their codes.
pub const FAMILIES: &[(&str, &str)] = &[
    ("01", "syntax"),
    ("02", "names"),
    ("03", "values and addresses"),
    ("04", "ownership"),
    ("05", "guardrails and assertions"),
    ("06", "what the back end cannot say"),
    ("07", "the lock, and how addresses are announced"),
    ("08", "what a snapshot shows; outputs and reports"),
    ("09", "a cluster that is read"),
];

impl Code {
    /// How bad it is.
    pub fn severity(self) -> Severity {
        match self.as_str().as_bytes().first() {
            Some(b'E') => Severity::Error,
            Some(b'W') => Severity::Warning,
            _ => Severity::Note,
        }
    }

    /// Whether it is said only where a snapshot is looked at.
    pub fn needs_snapshot(self) -> bool {
        matches!(self.as_str().get(1..3), Some("08" | "09"))
    }

    /// The code that is printed like this.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|it| it.as_str().eq_ignore_ascii_case(text))
    }
}

impl std::fmt::Display for Code {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(self.as_str())
    }
}
