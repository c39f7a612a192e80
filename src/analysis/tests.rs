//! A session after any changes gives the same results as a new session.

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

/// Returns diagnostics and objects as text.
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
        session.set_lock(Some(("mlnet.lock".to_owned(), lock.to_owned())));
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
        // A file is added and removed.
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

/// A service with an address of a pool, and an assertion about that address.
const ADDRESSED: &str = "\
cluster home {
  pods = 10.42.0.0/16, services = 10.43.0.0/16
  metallb { version = \"0.15.2\", pool office { addresses = [192.0.2.10-192.0.2.20], announce = l2 } }
}
tenant shop {
  namespace web { isolate = both }
  service front in web {
    pods = { app = \"front\" }
    port http 80
    type = load-balancer
  }
  workload other in web { pods = { app = \"other\" } }
  flow other -> front
}
assert deny shop.other -> 192.0.2.10:80
";

#[test]
fn an_assertion_about_an_address_holds_in_the_first_build_as_in_the_second() {
    let codes = |lock: Option<&str>| {
        let mut session = Session::new([("a.mlnet".to_owned(), ADDRESSED.to_owned())], today());
        session.set_lock(lock.map(|it| ("mlnet.lock".to_owned(), it.to_owned())));
        let mut diagnostics = Diagnostics::default();
        let _ = session.analysis().validate(None, &mut diagnostics).expect("no bug");
        diagnostics.sorted().into_iter().map(|it| it.code).collect::<Vec<_>>()
    };
    let first = codes(None);
    assert!(first.contains(&Code::E0503), "{first:?}");
    assert_eq!(first, codes(Some("version: 1\nclusters:\n  home:\n    shop.front: 192.0.2.10\n")));
}

#[test]
fn no_edit_is_applied_by_itself_beside_a_lock_that_cannot_be_read() {
    let source = format!("{ADDRESSED}tenant shop {{ flow other -> 192.0.2.10:80 }}\n");
    let safe = |lock: &str| {
        let mut session = Session::new([("a.mlnet".to_owned(), source.clone())], today());
        session.set_lock(Some(("mlnet.lock".to_owned(), lock.to_owned())));
        let found = session.analysis().diagnostics().sorted();
        found.iter().filter(|it| it.safe_edit().is_some()).count()
    };
    assert!(safe("version: 1\nclusters:\n  home:\n    shop.front: 192.0.2.10\n") > 0);
    assert_eq!(safe("<<<<<<< HEAD\nversion: 1\n"), 0);
}

#[test]
fn a_lock_may_come_and_go() {
    let lock = |name: &str| Some((name.to_owned(), "version: 1\nclusters: {\n".to_owned()));
    let mut session = Session::new(texts(PLATFORM, TENANT), today());
    let without = meaning(&mut session);
    session.set_lock(lock("mlnet.lock"));
    let with = meaning(&mut session);
    assert_ne!(with, without);
    session.set_lock(lock("other.lock"));
    assert_eq!(meaning(&mut session), with.replace("mlnet.lock:", "other.lock:"));
    session.set_lock(None);
    assert_eq!(meaning(&mut session), without);
}

#[test]
fn a_project_without_a_cluster_is_reported_before_objects_are_made() {
    let mut session = Session::new([("a.mlnet".to_owned(), String::new())], today());
    assert!(session.analysis().diagnostics().has_errors());
}
