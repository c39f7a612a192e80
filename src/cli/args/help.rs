//! The texts below the options of each help page. A text has at most 80 columns and stands in the output as it
//! stands here. A line below `Examples:` is a comment, a command, or a part of a command that ends with a backslash.

use clap::Command;

/// Short help names the global options; long help describes them.
pub(super) const SHORT: &str = "\
Global options: --color, --format, --deny, --quiet, --verbose, --today
`--help` describes them and has examples.";

/// Every space of a verbatim text, so that clap finds no place to wrap it.
const NO_BREAK: &str = "\u{a0}";

/// Prepares a command for parsing: its help keeps the lines of the texts below, whatever the terminal's width.
pub(in crate::cli) fn verbatim(command: Command) -> Command {
    let text = command.get_after_long_help().map(|it| it.to_string().replace(' ', NO_BREAK));
    let command = match text {
        Some(text) => command.after_long_help(text),
        None => command,
    };
    let names: Vec<String> = command.get_subcommands().map(|it| it.get_name().to_owned()).collect();
    let command = command.after_help(SHORT.replace(' ', NO_BREAK));
    names.into_iter().fold(command, |it, name| it.mut_subcommand(name, verbatim))
}

/// A help page as it is printed.
pub(in crate::cli) fn printed(page: &str) -> String {
    page.replace(NO_BREAK, " ")
}

pub(super) const PROGRAM: &str = "\
Examples:
  # Write a small project
  mlnetc init demo
  # Validate it and write the output to out/<cluster>/
  mlnetc build demo -o out
  # Show which source lines made each line of a file
  mlnetc blame out/lab/kustomization.yaml
  # Compare the project with manifests, or with a snapshot of a cluster
  mlnetc diff demo --against out/lab
  # Show what this branch opens and closes
  mlnetc diff demo --against git:main
  # Explain a diagnostic
  mlnetc explain E0201

Exit codes: 0 success; 1 errors in the source, differences or stale output;
2 the command failed to run.";

pub(super) const CHECK: &str = "\
Examples:
  # Validate the project in this folder
  mlnetc check
  # Validate another project
  mlnetc check examples/quickstart
  # One line for each diagnostic, for editors
  mlnetc check --format short
  # For code scanning; JSON and SARIF go to stdout
  mlnetc check --format sarif > mlnetc.sarif
  # For CI: exit 1 on warnings, too
  mlnetc check --deny warnings
  # Apply the safe fixes and list them
  mlnetc check --fix
  # Show the fixes only; exit 1 if there are any
  mlnetc check --diff
  # Show which flows expire by that day
  mlnetc check --today 2027-02-01
  # Find mistakes in manifests or in a snapshot of a cluster, without a source
  mlnetc check --against live.yaml
  kubectl get -A -o yaml ns,po,deploy,sts,ds,job,cj,svc,netpol,ing,ep,no \\
    | mlnetc check --against -
  # Validate both, and find flows that nothing in the snapshot can use
  mlnetc check . --against live.yaml

To have MetalLB's pools in the snapshot, add ipaddresspools,l2advertisements.";

pub(super) const BUILD: &str = "\
Examples:
  # Build this project into build/<cluster>/
  mlnetc build
  # Build another project into another folder
  mlnetc build net -o deploy
  # Write one cluster as one YAML stream
  mlnetc build --cluster lab -o - | kubectl apply -f -
  # Exit 1 if deploy/ is not what a build would write
  mlnetc build -o deploy --check
  # For CI: fail if mlnet.lock would change
  mlnetc build --locked
  # Remove the folders of clusters that the project no longer declares
  mlnetc build --prune
  # Show and apply the output
  kubectl diff -k build/lab
  kubectl apply -k build/lab";

pub(super) const BLAME: &str = "\
Examples:
  # Show the source of one line, and the components in between
  mlnetc blame build/lab/tenants/team-a/policies.yaml:14
  # Show the source in front of each line
  mlnetc blame build/lab/metallb/pools.yaml";

pub(super) const DIFF: &str = "\
Examples:
  # Compare with the cluster of the kubeconfig's current context
  mlnetc diff
  # Compare with another cluster, which is slow
  mlnetc diff --context lab --timeout 60
  # Grant read permissions; an apply needs more permissions
  mlnetc diff --rbac | kubectl apply -f -
  # Compare with a snapshot: which connections open and close, and which
  # objects are created, changed and removed
  kubectl get -A -o yaml pods,ns,svc,netpol,deploy,sts,ds > live.yaml
  mlnetc diff --against live.yaml
  kubectl get services -A -o json | mlnetc diff --against -
  # Show what this branch changes, without a cluster
  mlnetc diff --against git:main
  # Write a comment for a merge request
  mlnetc diff --against git:main --output markdown
  # Compare two projects, two output folders, or other manifests
  mlnetc diff --between old new
  # For CI: exit 1 for these risks, else 0
  mlnetc diff --against live.yaml --fail-on disruptive,opens-to-internet

To have Calico's and MetalLB's objects in the snapshot, add
installations,ipaddresspools,l2advertisements. Defaults of the API server,
status and what others own are no differences. As for kubectl diff, the exit
codes are: 0 no difference; 1 differences; 2 the comparison failed.";

pub(super) const QUERY: &str = "\
Examples:
  # Is the connection allowed, and which rules and source lines decide?
  mlnetc query 'web -> db:5432'
  # Who may connect to db, in another project?
  mlnetc query net '* -> db'
  # Where may the pods of a tenant or a namespace connect to?
  mlnetc query 'financial -> *'
  # Ask a snapshot of a cluster, without a source
  mlnetc query --against live.yaml 'shop/web -> shop/db'
  # Name pods by their labels, even where there are none yet
  mlnetc query --against live.yaml 'shop/app=web,tier=front -> 192.0.2.1:5432'
  # Write the whole matrix for other programs
  mlnetc query --against live.yaml '* -> *' --output json

An end is a name of the source, NAMESPACE/NAME (of a snapshot: a workload, a
pod, a Service), NAMESPACE/key=value,…, NAMESPACE/*, an address or a network,
or * for each. Exit codes: 0 allowed; 1 denied, in whole or in part; a list (*)
is always 0.";

pub(super) const REPORT: &str = "\
Examples:
  # List the reports
  mlnetc report
  # List every Service of the project in this folder
  mlnetc report endpoints
  # Add the hosts of one cluster of another project
  mlnetc report hosts net --cluster lab >> /etc/hosts
  # Write hosts, ports and addresses as variables of a shell
  mlnetc report endpoints.env net > endpoints.env

A file reports/KIND.j2 of the project overrides mlnetc's template of that name,
or adds a report.";

pub(super) const GRAPH: &str = "\
Examples:
  # Draw the namespaces and the flows between them, for Mermaid
  mlnetc graph
  # Draw the services instead of the namespaces
  mlnetc graph --services
  # Draw with Graphviz
  mlnetc graph --output dot | dot -Tsvg > net.svg";

pub(super) const EXPLAIN: &str = "\
Examples:
  # List every code, by family
  mlnetc explain
  # Show one page: a failing example, the diagnostic and a fixed example
  mlnetc explain E0201";

pub(super) const STDLIB: &str = "\
Examples:
  # List the components by area
  mlnetc stdlib
  # Find the component of a product, an image or a port
  mlnetc stdlib search 9090
  # Show the parameters, services, ports and flows of one component
  mlnetc stdlib show coredns
  # Show its tested versions, and what differs between them
  mlnetc stdlib show jaeger --versions
  # Start a component of your own from the source of another
  mlnetc stdlib show coredns --source > components/coredns.mlnet
  # Start one from a product that runs in a cluster
  kubectl get all,ingress,networkpolicy,rolebinding -n shop -o yaml > live.yaml
  mlnetc stdlib new shop --against live.yaml > components/shop.mlnet";

pub(super) const INIT: &str = "\
Examples:
  # Write the project into this folder
  mlnetc init
  # Write it into another folder, which need not exist, and build it
  mlnetc init network
  mlnetc build network -o network/build

Existing files are never overwritten.";

pub(super) const KRM: &str = "\
`mlnetc krm` reads a ResourceList from stdin and writes one to stdout: the
objects of the input and those of the project. An object of the project
replaces one of the same kind, namespace and name. The functionConfig names the
project, relative to the folder in which the function runs:

  apiVersion: mlnet.dev/v1
  kind: Network
  metadata: { name: lab }
  spec:
    path: network       # a folder with .mlnet files, or one file [default: .]
    cluster: lab        # required if the project has several clusters

For kustomize, this file is a generator or a transformer, and names the program:

  metadata:
    annotations:
      config.kubernetes.io/function: |
        exec: { path: ./mlnetc-krm }

Examples:
  # Run it with kustomize
  kustomize build --enable-alpha-plugins --enable-exec deploy
  # Run it alone
  mlnetc krm < resource-list.yaml

Diagnostics go to `results` and to stderr. mlnet.lock is never written: if it
would change, the function fails. Exit codes: 0 success; 1 errors in the
source; 2 the command failed to run.";

pub(super) const COMPLETIONS: &str = "\
Examples:
  mlnetc completions bash > /etc/bash_completion.d/mlnetc
  mlnetc completions zsh > ~/.zfunc/_mlnetc
  mlnetc completions fish > ~/.config/fish/completions/mlnetc.fish";

pub(super) const MAN: &str = "\
Examples:
  # Read the manual page of mlnetc
  mlnetc man | man -l -
  # Read the page of a command
  mlnetc man build | man -l -
  # Install the page
  mlnetc man > /usr/local/share/man/man1/mlnetc.1";
