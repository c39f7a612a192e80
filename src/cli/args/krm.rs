//! The help of `krm`.

/// Examples, and what it reads.
pub(super) const HELP: &str = "\
It reads a ResourceList from stdin and writes one to stdout: the objects that it was given, and those that
the project asks for. An object of the same kind, namespace and name is replaced. The functionConfig says
which project, from the folder where the function runs:

  apiVersion: mlnet.dev/v1
  kind: Network
  metadata: { name: lab }
  spec:
    path: network                     a folder with .mlnet files, or one file [default: .]
    cluster: lab                      needed where the project has several

With kustomize, this file is a generator or a transformer, and says what to run:

  metadata:
    annotations:
      config.kubernetes.io/function: |
        exec: { path: ./mlnetc-krm }
  $ kubectl kustomize --enable-alpha-plugins --enable-exec DIR

What is said about the source is in `results` and on stderr. mlnet.lock is never written: where it would change,
that is an error. Exit codes: 0 done; 1 the source has errors; 2 could not do it.";
