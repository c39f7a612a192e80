//! Words of other tools (Kubernetes, firewalls, Terraform), and their equivalents in mlnet.

/// Returns the equivalent of a declaration or a field of another tool.
pub fn equivalent(word: &str) -> Option<&'static str> {
    Some(match word {
        "allow" | "permit" => "what may be opened is a flow: `flow CLIENT -> SERVER:PORT`",
        "deny" | "block" | "drop" | "reject" => {
            "nothing is open that no flow opens; what must never be is `forbid CLIENT -> SERVER:any`"
        }
        "ingress" | "egress" | "from" | "to" | "rule" | "policy" | "networkPolicy" => {
            "one flow is both, the client's egress and the server's ingress: `flow CLIENT -> SERVER:PORT`"
        }
        "cidr" | "cidrBlock" | "ipBlock" | "subnet" => {
            "addresses outside of the cluster are an external: `external NAME { cidrs = [192.0.2.0/24] }`"
        }
        "port" | "ports" | "containerPort" => "a port is declared with a name: `port http 80`",
        "deployment" | "Deployment" | "statefulset" | "StatefulSet" | "pod" | "Pod" | "app" => {
            "pods have a name by `workload NAME in NAMESPACE { pods = { app = \"…\" } }`; with ports, it is a `service`"
        }
        "targetPort" => "the pod's port stands behind an arrow: `port http 80 -> 9000`",
        "nodePort" => {
            "the node's port stands in the port's block: `port http 80 { node-port = 30080 }`"
        }
        "selector" | "podSelector" | "matchLabels" => {
            "the labels of the pods are `pods = { app = \"…\" }`"
        }
        "loadBalancerIP" | "externalIPs" => {
            "a fixed address stands in the cluster's `metallb` block: `address OWNER.SERVICE = 192.0.2.1`"
        }
        "externalTrafficPolicy" => "it is called `traffic-policy = local` or `cluster`",
        "apiVersion" | "kind" | "metadata" | "spec" => {
            "this is a manifest of Kubernetes; mlnetc writes those, from services and flows"
        }
        "import" | "include" | "require" => {
            "every `.mlnet` file of the project is read; their order means nothing"
        }
        "resource" | "data" | "object" => {
            "a block begins with what it declares: `service NAME in NAMESPACE { … }`"
        }
        "module" | "template" | "macro" => "what is used several times is a `component`",
        "variable" | "let" | "var" | "locals" | "output" => {
            "what varies is a parameter: `component NAME(PARAMETER: string = \"…\") { … }`"
        }
        "for" | "foreach" | "loop" => "there are no loops; a list stands where several are meant",
        _ => return None,
    })
}

/// Returns the equivalent of an endpoint of another tool.
pub fn endpoint_here(word: &str) -> Option<&'static str> {
    Some(match word {
        "*" | "any" | "all" | "world" | "everyone" | "everything" => {
            "every address is `anyone`, every public one `internet`"
        }
        "host" | "hosts" | "node" => "the nodes of the cluster are `nodes`",
        "kubernetes" | "kube-apiserver" | "api-server" => "the API server is `apiserver`",
        "kube-dns" | "coredns" => "the cluster's DNS is `dns`",
        _ => return None,
    })
}
