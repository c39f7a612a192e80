//! A project of N tenants: each has one namespace that is isolated both ways, five load-balancer
//! services, and ten flows that other tenants open to them with its consent.

use std::fmt::Write;

const PLATFORM: &str = "\
cluster bench {
  distribution = k3s
  pods         = 10.0.0.0/12
  services     = 10.16.0.0/12
  nodes        = [192.168.1.81-192.168.1.85]
  apiserver    = [192.168.1.85:6443]
  policies     = kubernetes
  calico {
    version       = \"3.30\"
    encapsulation = vxlan
    bgp           = disabled
  }
  metallb {
    version = \"0.14.8\"
    pool lan { addresses = [10.128.0.0-10.128.255.255], announce = l2 }
  }
}
";

/// Its files: (path, text).
pub(crate) fn project(n: usize) -> Vec<(String, String)> {
    let mut owners = String::new();
    let mut files = Vec::with_capacity(n + 2);
    for tenant in 0..n {
        let name = name(tenant);
        put(&mut owners, format_args!("tenant {name} {{ files = \"tenants/{name}/**\" }}\n"));
        files.push((format!("tenants/{name}/net.mlnet"), text(tenant, n)));
    }
    files.push(("platform/cluster.mlnet".to_owned(), PLATFORM.to_owned()));
    files.push(("platform/tenants.mlnet".to_owned(), owners));
    files
}

fn text(tenant: usize, n: usize) -> String {
    let name = name(tenant);
    let mut text = format!("tenant {name} {{\n");
    put(&mut text, format_args!("  namespace main {{ name = \"{name}\", isolate = both }}\n"));
    text.push_str("  workload worker in main { pods = { app = \"worker\" } }\n");
    for service in 0..5 {
        let clients = [service + 1, service + 6].map(|it| neighbour(tenant, n - it % n, n));
        let [first, second] = clients;
        put(
            &mut text,
            format_args!(
                "  service s{service} in main {{\n    pods   = {{ app = \"s{service}\" }}\n    \
                 port http 80 -> 8080\n    type   = load-balancer\n    \
                 accept = [{first}.worker, {second}.worker]\n  }}\n"
            ),
        );
    }
    for step in 1..=10 {
        let server = neighbour(tenant, step, n);
        put(&mut text, format_args!("  flow worker -> {server}.s{}\n", (step - 1) % 5));
    }
    text.push_str("}\n");
    text
}

fn neighbour(tenant: usize, step: usize, n: usize) -> String {
    name((tenant + step) % n)
}

fn name(tenant: usize) -> String {
    format!("t{tenant:05}")
}

fn put(text: &mut String, words: std::fmt::Arguments<'_>) {
    text.write_fmt(words).expect("INVARIANT: writing to a string does not fail");
}
