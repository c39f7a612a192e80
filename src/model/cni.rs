//! The network plugins whose interpretation of NetworkPolicies mlnetc knows.

/// A network plugin (CNI).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cni {
    /// Calico.
    Calico,
    /// Cilium.
    Cilium,
    /// Flannel, which does not enforce policies.
    Flannel,
    /// Amazon's VPC plugin.
    AmazonVpc,
}

impl Cni {
    /// The keywords of the cluster's field `cni`.
    pub const WORDS: &'static [(&'static str, Self)] = &[
        ("calico", Self::Calico),
        ("cilium", Self::Cilium),
        ("flannel", Self::Flannel),
        ("amazon-vpc", Self::AmazonVpc),
    ];

    /// The keyword of this plugin in the field `cni`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Calico => "calico",
            Self::Cilium => "cilium",
            Self::Flannel => "flannel",
            Self::AmazonVpc => "amazon-vpc",
        }
    }

    /// Whether an `ipBlock` never matches the address of a node or a pod (Cilium, `security/policy/language`,
    /// "IP/CIDR based").
    pub fn ignores_own_addresses(self) -> bool {
        self == Self::Cilium
    }

    /// Whether the plugin enforces policies by itself.
    pub fn enforces_policies(self) -> bool {
        self != Self::Flannel
    }

    /// Whether the plugin may send packets between nodes in a tunnel. Amazon's plugin gives pods addresses of
    /// the VPC, which routes them.
    pub fn may_encapsulate(self) -> bool {
        self != Self::AmazonVpc
    }
}

#[cfg(test)]
mod tests {
    use super::Cni;

    #[test]
    fn each_word_names_its_plugin() {
        for (word, cni) in Cni::WORDS {
            assert_eq!(cni.word(), *word);
        }
    }
}
