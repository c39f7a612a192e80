//! A session after any changes means what a new session means.

use std::fmt::Write as _;

use super::*;

const PLATFORM: &str = "\
cluster home { pods = 10.42.0.0/16, services = 10.43.0.0/16 }
use prometheus
";

const TENANT: &str = "\
tenant shop {
  namespace web  { isolate = both }
  namespace data { isolate = both }
  workload front in web { pods = { app = \"front\" } }
  service orders in data {
    pods = { app = \"orders\" }
    port sql 5432
  }
  flow front -> orders
}
";

fn today() -> Date {
    Date::parse("2026-12-01").expect("a day")
}

type Texts = Vec<(String, String)>;

fn texts(platform: &str, tenant: &str) -> Texts {
    let pair = |path: &str, text: &str| (path.to_owned(), text.to_owned());
    vec![pair("platform.mlnet", platform), pair("shop.mlnet", tenant)]
}

/// Diagnostics and objects, as text.
fn meaning(session: &mut Session) -> String {
    let analysis = session.analysis();
    let mut diagnostics = Diagnostics::default();
    let is_fine = analysis.validate(None, &mut diagnostics).expect("no bug");
    let mut text = format!("{is_fine}\n");
    for it in diagnostics.sorted() {
        let place = it.span.map(|it| analysis.files().path_line(it));
        writeln!(text, "{} {place:?} {:?}", it.code, it.message).expect("a string");
    }
    let cluster = analysis.clusters().next().map(|it| it.node.clone());
    if let Some(cluster) = cluster
        && let Some((_, objects)) =
            analysis.objects(&cluster, &mut Diagnostics::default()).expect("no bug")
    {
        write!(text, "{objects:?}").expect("a string");
    }
    text
}

#[test]
fn a_changed_session_means_what_a_new_one_means() {
    let lock = "version: 1\nclusters:\n  home:\n    shop.gone: 192.0.2.1\n";
    let open = |texts: Texts| {
        let mut session = Session::new(texts, today());
        session.set_lock("mlnet.lock".to_owned(), lock.to_owned());
        session
    };
    let mut session = open(texts(PLATFORM, TENANT));
    let mut extra = texts(PLATFORM, TENANT);
    extra.push(("a.mlnet".to_owned(), "external nas { addresses = 192.0.2.7 }\n".to_owned()));
    let steps = [
        texts(PLATFORM, TENANT),
        // One file is parsed again.
        texts(PLATFORM, &TENANT.replace("5432", "5433")),
        texts(PLATFORM, &TENANT.replace("flow front", "flow frond")),
        texts(PLATFORM, &TENANT.replace("namespace data {", "namespace data")),
        texts(PLATFORM, TENANT),
        // Another component of the standard library is used, or none.
        texts(&PLATFORM.replace("prometheus", "minio"), TENANT),
        texts(&PLATFORM.replace("use prometheus", ""), TENANT),
        // A file comes and goes.
        extra,
        texts(PLATFORM, TENANT),
        Vec::new(),
        texts(PLATFORM, TENANT),
    ];
    for (at, step) in steps.into_iter().enumerate() {
        session.update(step.clone());
        assert_eq!(meaning(&mut session), meaning(&mut open(step)), "step {at}");
    }
}

#[test]
fn an_update_parses_only_the_files_that_changed() {
    let mut session = Session::new(texts(PLATFORM, TENANT), today());
    let before = session.analysis();
    session.update(texts(PLATFORM, &TENANT.replace("5432", "5433")));
    let after = session.analysis();
    let same: Vec<bool> =
        before.trees().iter().zip(after.trees()).map(|(one, two)| Arc::ptr_eq(one, two)).collect();
    assert_eq!(same.iter().filter(|it| !**it).count(), 1);
    assert!(same.len() > 2, "the standard library is among them");
}

#[test]
fn an_update_without_a_change_keeps_the_analysis() {
    let mut session = Session::new(texts(PLATFORM, TENANT), today());
    let before = session.analysis();
    session.update(texts(PLATFORM, TENANT));
    assert!(Arc::ptr_eq(&before, &session.analysis()));
}
