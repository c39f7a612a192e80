//! A project of N tenants: each has one namespace that is isolated in both directions and five load-balancer services
//! with the pods of one application; the platform opens ten flows from other tenants to it. A tenant has nine objects:
//! the namespace, two policies that deny, one that allows, five Services.

use std::fmt::Write;

/// Number of services of one tenant.
const SERVICES: usize = 5;

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

/// Returns the files of the project: (path, text).
pub(crate) fn project(n: usize) -> Vec<(String, String)> {
    let mut owners = String::new();
    let mut files = Vec::with_capacity(n + 2);
    for tenant in 0..n {
        let name = name(tenant);
        put(&mut owners, format_args!("tenant {name} {{ files = \"tenants/{name}/**\" }}\n"));
        files.push((format!("tenants/{name}/net.mlnet"), text(tenant)));
    }
    for first in (0..n).step_by(100) {
        let text = flows(first..n.min(first + 100), n);
        files.push((format!("platform/flows/{first:05}.mlnet"), text));
    }
    files.push(("platform/cluster.mlnet".to_owned(), PLATFORM.to_owned()));
    files.push(("platform/tenants.mlnet".to_owned(), owners));
    files
}

fn text(tenant: usize) -> String {
    let name = name(tenant);
    let mut text = format!("tenant {name} {{\n");
    put(&mut text, format_args!("  namespace main {{ name = \"{name}\", isolate = both }}\n"));
    for service in 0..SERVICES {
        put(
            &mut text,
            format_args!(
                "  service s{service} in main {{\n    pods = {{ app = \"{name}\" }}\n    \
                 port http {} -> {}\n    type = load-balancer\n  }}\n",
                80 + service,
                8080 + service
            ),
        );
    }
    text.push_str("}\n");
    text
}

/// Returns ten flows into the services of each of some tenants, two into each.
fn flows(tenants: std::ops::Range<usize>, n: usize) -> String {
    let mut text = String::new();
    for tenant in tenants {
        for step in 1..=2 * SERVICES {
            let (client, server) = (name((tenant + step) % n), name(tenant));
            let service = step % SERVICES;
            put(&mut text, format_args!("flow {client}.s0 -> {server}.s{service}\n"));
        }
    }
    text
}

fn name(tenant: usize) -> String {
    format!("t{tenant:05}")
}

fn put(text: &mut String, words: std::fmt::Arguments<'_>) {
    text.write_fmt(words).expect("INVARIANT: writing to a string does not fail");
}
