//! Words of other tools (Kubernetes, firewalls, Terraform), and their equivalents in mlnet.

/// Returns the equivalent of a declaration or a field of another tool.
pub fn equivalent(word: &str) -> Option<&'static str> {
    Some(match word {
        "allow" | "permit" => "write an allowed connection as a flow: `flow CLIENT -> SERVER:PORT`",
        "deny" | "block" | "drop" | "reject" => {
            "only flows open connections; to forbid one for all owners, write `forbid CLIENT -> \
             SERVER:any`"
        }
        "ingress" | "egress" | "from" | "to" | "rule" | "policy" | "networkPolicy" => {
            "one flow opens both the client's egress and the server's ingress: `flow CLIENT -> \
             SERVER:PORT`"
        }
        "cidr" | "cidrBlock" | "ipBlock" | "subnet" => {
            "declare addresses outside of the cluster as an external: `external NAME { cidrs = \
             [192.0.2.0/24] }`"
        }
        "port" | "ports" | "containerPort" => "a port is declared with a name: `port http 80`",
        "deployment" | "Deployment" | "statefulset" | "StatefulSet" | "pod" | "Pod" | "app" => {
            "name pods with `workload NAME in NAMESPACE { pods = { app = \"…\" } }`, or with \
             `service` if they have ports"
        }
        "targetPort" => "write the pod port behind an arrow: `port http 80 -> 9000`",
        "nodePort" => {
            "write the node port in the block of the port: `port http 80 { node-port = 30080 }`"
        }
        "selector" | "podSelector" | "matchLabels" => {
            "write the labels of the pods as `pods = { app = \"…\" }`"
        }
        "loadBalancerIP" | "externalIPs" => {
            "fix an address in the cluster's `metallb` block: `address OWNER.SERVICE = 192.0.2.1`"
        }
        "externalTrafficPolicy" => "write `traffic-policy = local` or `traffic-policy = cluster`",
        "apiVersion" | "kind" | "metadata" | "spec" => {
            "this is a Kubernetes manifest; mlnetc writes manifests from services and flows"
        }
        "import" | "include" | "require" => {
            "mlnetc reads every `.mlnet` file of the project, in any order"
        }
        "resource" | "data" | "object" => {
            "a block begins with its kind: `service NAME in NAMESPACE { … }`"
        }
        "module" | "template" | "macro" => "use a `component` for repeated declarations",
        "variable" | "let" | "var" | "locals" | "output" => {
            "use a parameter for a value that varies: `component NAME(PARAMETER: string = \"…\") { … }`"
        }
        "for" | "foreach" | "loop" => "there are no loops; write a list",
        _ => return None,
    })
}

/// Returns the equivalent of an endpoint of another tool.
pub fn endpoint_here(word: &str) -> Option<&'static str> {
    Some(match word {
        "*" | "any" | "all" | "world" | "everyone" | "everything" => {
            "write `anyone` for every address, and `internet` for every public address"
        }
        "host" | "hosts" | "node" => "write `nodes` for the nodes of the cluster",
        "kubernetes" | "kube-apiserver" | "api-server" => "write `apiserver` for the API server",
        "kube-dns" | "coredns" => "write `dns` for the cluster's DNS",
        _ => return None,
    })
}
