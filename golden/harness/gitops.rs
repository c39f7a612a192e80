//! Output for reviews: annotations on the lines of the source, and no secret in any answer.

use std::process::Command;

use libtest_mimic::Failed;

use super::case::Cases;
use super::folder::{Folder, text};

/// Adds the tests.
pub(crate) fn add(cases: &mut Cases) {
    cases.add("gitops: diff annotates the lines of the source", |_| annotations());
    cases.add("gitops: no secret gets into an answer", |_| secrets());
}

const PLATFORM: &str = "\
cluster lab {
  pods     = 10.42.0.0/16
  services = 10.43.0.0/16
  metallb {
    version = \"0.15.2\"
    pool lan { addresses = [192.168.1.200-192.168.1.220], announce = l2 }
    address store.front = 192.168.1.210
  }
}
external lan { cidrs = [192.168.1.0/24] }
tenant store {
  namespace shop { isolate = both }
  service front in shop { pods = { app = \"front\" }, port http 80 -> 8080, type = load-balancer }
  flow lan -> front
  env front {
    on = deployment \"front\"
    in = shop
    container = \"main\"
    set API_TOKEN = \"canary-desired\"
    set QUEUE = \"amqp://u:canary-url@mq\"
  }
}
";

/// The project of these tests in a repository, as it was committed.
pub(crate) fn repository(folder: &Folder, source: &str) {
    folder.write("in/a,b/platform.mlnet", source.as_bytes());
    for arguments in
        [&["init", "--quiet"][..], &["add", "."], &["commit", "--quiet", "--message", "first"]]
    {
        let mut git = Command::new("git");
        git.current_dir(&folder.0).args(["-c", "user.name=a", "-c", "user.email=a@example.org"]);
        let output = git.args(arguments).output().expect("git runs");
        assert!(output.status.success(), "{}", text(&output.stderr));
    }
}

fn annotations() -> Result<(), Failed> {
    let folder = Folder::new("annotations");
    repository(&folder, PLATFORM);
    let changed = PLATFORM.replace("= 192.168.1.210", "= 192.168.1.211").replace(
        "  flow lan -> front\n",
        "  flow front -> internet:443 { reason = \"100%, at once\" }\n",
    );
    folder.write("in/a,b/platform.mlnet", changed.as_bytes());
    let arguments = ["diff", "in/a,b", "--against", "git:HEAD", "--format", "github"];
    let output = folder.run(&[&arguments[..], &["--fail-on", "moves-address"]].concat());
    let printed = text(&output.stderr);
    let commands: Vec<&str> = printed.lines().filter(|it| it.starts_with("::")).collect();
    let expected = [
        // The worst diagnostic is first.
        "::warning file=in/a%2Cb/platform.mlnet,line=14,endLine=14,col=3,endColumn=57,title=mlnetc diff%3A \
         opens-to-internet::store.front may connect to the internet on TCP 443",
        "::error file=in/a%2Cb/platform.mlnet,line=13,endLine=13,col=11,endColumn=15,title=mlnetc diff%3A \
         moves-address::Service shop/front: the Service moves from 192.168.1.210 to 192.168.1.211; clients of \
         192.168.1.210 must be updated",
        "::notice file=in/a%2Cb/platform.mlnet,line=14,endLine=14,col=3,endColumn=57,title=mlnetc diff%3A opens%2C \
         objects::+ store.front -> internet, TCP 443%0A",
        // A removed declaration has no line.
        "::notice file=in/a%2Cb/platform.mlnet,title=mlnetc diff%3A closes::- lan -> store.front, TCP 8080",
        "::notice file=in/a%2Cb/platform.mlnet,line=7,",
    ];
    for it in expected {
        if !commands.iter().any(|command| command.starts_with(it)) {
            return Err(format!("no command begins with\n{it}\nin\n{printed}").into());
        }
    }
    if output.status.code() != Some(1) {
        return Err(format!("{}\n{printed}", output.status).into());
    }
    let quiet = folder.run(&["diff", "in/a,b", "--against", "git:HEAD"]);
    if text(&quiet.stderr).contains("::") {
        return Err("only `--format github` writes workflow commands".into());
    }
    Ok(())
}

/// A cluster with secrets in every place that may contain one.
const LIVE: &str = r#"
apiVersion: v1
kind: List
items:
- apiVersion: v1
  kind: Namespace
  metadata: {name: shop}
- apiVersion: v1
  kind: Secret
  metadata:
    name: s
    namespace: shop
    labels: {app.kubernetes.io/managed-by: mlnetc}
    annotations:
      kubectl.kubernetes.io/last-applied-configuration: '{"data":{"password":"canary-annotation"}}'
  data: {password: canary-data}
  stringData: {password: canary-string}
- apiVersion: v1
  kind: Service
  metadata:
    name: front
    namespace: shop
    labels: {app.kubernetes.io/managed-by: mlnetc}
    annotations:
      kubectl.kubernetes.io/last-applied-configuration: '{"metadata":{"annotations":{"a":"canary-applied"}}}'
  spec: {type: ClusterIP, ports: [{port: 80}]}
- apiVersion: apps/v1
  kind: Deployment
  metadata:
    name: front
    namespace: shop
    annotations:
      kubectl.kubernetes.io/last-applied-configuration: '{"spec":{"env":[{"name":"A","value":"canary-env"}]}}'
  spec:
    selector: {matchLabels: {app: front}}
    template:
      metadata: {labels: {app: front}}
      spec:
        containers:
        - name: main
          env:
          - {name: API_TOKEN, value: canary-live}
          - {name: QUEUE, value: "amqp://u:canary-old@mq"}
          - {name: OTHER, value: plain}
"#;

fn secrets() -> Result<(), Failed> {
    let folder = Folder::new("secrets");
    repository(&folder, PLATFORM);
    folder.write("live.yaml", LIVE.as_bytes());
    folder.write("new.mlnet", PLATFORM.replace("canary-desired", "canary-new").as_bytes());
    let sides = [
        &["in/a,b", "--against", "live.yaml"][..],
        &["new.mlnet", "--against", "git:HEAD"],
        &["--between", "live.yaml", "in/a,b"],
        &["--between", "in/a,b", "live.yaml"],
        &["--between", "in/a,b", "new.mlnet"],
    ];
    let mut masks = 0;
    for side in sides {
        for output in [&["--output", "text"][..], &["--output", "json"], &["--output", "markdown"]]
        {
            let run =
                folder.run(&[&["diff"], side, output, &["--format", "github", "-v"]].concat());
            let printed = text(&run.stdout) + &text(&run.stderr);
            if printed.contains("canary") {
                return Err(format!("{side:?} {output:?} shows a secret:\n{printed}").into());
            }
            masks +=
                printed.matches("(hidden 1)").count().min(printed.matches("(hidden 2)").count());
        }
    }
    folder.write(
        "twice.yaml",
        (LIVE.to_owned() + &LIVE.replace("canary", "other-canary")).as_bytes(),
    );
    folder.write(
        "broken.yaml",
        LIVE.replace("{password: canary-data}", "{password: canary-data").as_bytes(),
    );
    folder.write(
        "key.yaml",
        LIVE.replace("{password: canary-data}", "{canary-a: b, canary-a: c}").as_bytes(),
    );
    for broken in ["twice.yaml", "broken.yaml"] {
        let run = folder.run(&["diff", "in/a,b", "--against", broken]);
        let printed = text(&run.stdout) + &text(&run.stderr);
        if run.status.code() != Some(2) || printed.contains("canary") {
            return Err(format!("{broken}: {}\n{printed}", run.status).into());
        }
    }
    // A masked value still shows that it changed.
    if masks < 9 { Err(format!("only {masks} masks").into()) } else { Ok(()) }
}
