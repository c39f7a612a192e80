//! Drafts of small products, and of hostile objects.

use std::collections::BTreeSet;

use super::{Refused, component};
use crate::manifests::{self, Manifests, Text};

const SHOP: &str = r#"
apiVersion: apps/v1
kind: Deployment
metadata: {name: shop-api, namespace: shop}
spec:
  selector: {matchLabels: {app.kubernetes.io/instance: shop, app.kubernetes.io/component: api}}
  template:
    metadata:
      labels: {app.kubernetes.io/instance: shop, app.kubernetes.io/component: api, pod-template-hash: abc}
      annotations: {prometheus.io/scrape: "true", prometheus.io/port: "9100"}
    spec:
      serviceAccountName: shop-api
      containers:
      - name: api
        ports: [{name: http, containerPort: 8080}, {name: metrics, containerPort: 9100}]
        env:
        - {name: DATABASE_URL, value: "postgresql://shop:secret@shop-db:5432/shop"}
        - {name: BROKERS, value: "broker-0.broker.events.svc:9092,broker.events:9092"}
---
apiVersion: v1
kind: Service
metadata: {name: shop-api, namespace: shop}
spec:
  selector: {app.kubernetes.io/instance: shop, app.kubernetes.io/component: api}
  ports: [{name: http, port: 80, targetPort: http}]
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: shop-db, namespace: shop}
spec:
  selector: {matchLabels: {app.kubernetes.io/instance: shop, app.kubernetes.io/component: db}}
  template:
    metadata: {labels: {app.kubernetes.io/instance: shop, app.kubernetes.io/component: db}}
    spec: {containers: [{name: db, ports: [{containerPort: 5432}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: shop-db, namespace: shop}
spec:
  clusterIP: None
  selector: {app.kubernetes.io/instance: shop, app.kubernetes.io/component: db}
  ports: [{port: 5432}]
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: shop-report, namespace: shop}
spec:
  jobTemplate:
    spec:
      template:
        metadata: {labels: {app.kubernetes.io/instance: shop, job: report}}
        spec: {containers: [{name: report, args: ["--api=http://shop-api.shop.svc.cluster.local/report"]}]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: shop-api, namespace: shop}
subjects: [{kind: ServiceAccount, name: shop-api}]
---
apiVersion: v1
kind: Service
metadata: {name: broker, namespace: events}
spec: {ports: [{port: 9092}]}
"#;

fn read(text: &str) -> Manifests {
    let text = Text { name: "live.yaml".to_owned(), text: text.to_owned() };
    manifests::read(&[text]).expect("YAML")
}

#[test]
fn a_product_becomes_a_component() {
    let draft = component(&read(SHOP), "shop", None).expect("one namespace has workloads");
    let expected = r#"## shop, drafted from the objects of namespace shop: check each selector, port and flow.
##
## Source: Services, workloads and settings of a cluster. Replace this line by the chart and its version.
##
## To check:
## - api calls broker-0.broker.events.svc:9092 (variable BROKERS of Deployment shop-api): write the flow in the project.
## - api calls broker.events:9092 (variable BROKERS of Deployment shop-api): write the flow in the project.
## - The snapshot has no webhook configuration and no APIService: flows from the API server are missing.
component shop(
  ## Name of the namespace.
  namespace: string = "shop",
  ## Isolation of the namespace: none, ingress, egress or both. Flows have no effect (W0501) until it is set.
  isolate: string = "none",
  ## The Helm release.
  release: string = "shop",
) {
  namespace main { name = namespace, isolate = isolate }

  service api in main {
    name    = "{release}-api"
    pods    = { "app.kubernetes.io/component" = "api", "app.kubernetes.io/instance" = release }
    managed = false
    port http 80 -> 8080
    port metrics 9100 { service = false, scrape = true }
  }

  service db in main {
    name    = "{release}-db"
    pods    = { "app.kubernetes.io/component" = "db", "app.kubernetes.io/instance" = release }
    managed = false
    type    = headless
    port tcp 5432
  }

  workload report in main { pods = { "app.kubernetes.io/instance" = release, job = "report" } }

  ## Account shop-api has rights at the API server.
  flow api -> apiserver

  ## Deployment shop-api: variable DATABASE_URL.
  flow api -> db:tcp

  ## CronJob shop-report: an argument.
  flow report -> api
}
"#;
    assert_eq!(draft, expected);
}

#[test]
fn a_draft_needs_one_namespace() {
    let two = SHOP.replace(
        "metadata: {name: shop-db, namespace: shop}",
        "metadata: {name: shop-db, namespace: data}",
    );
    let refused = component(&read(&two), "shop", None).expect_err("two namespaces");
    assert_eq!(refused, Refused::Namespaces(["data".to_owned(), "shop".to_owned()].into()));
    assert!(component(&read(&two), "shop", Some("data")).is_ok());
    assert_eq!(
        component(&read(&two), "shop", Some("events")).expect_err("no pods"),
        Refused::Empty(BTreeSet::new())
    );
}
