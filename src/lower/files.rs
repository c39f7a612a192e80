//! Which file of the output an object lies in.

use std::collections::BTreeMap;

use crate::model::{Model, Owner};

/// `platform/NAME` or `tenants/<tenant>/NAME`.
pub(super) fn of_owner(model: &Model, owner: Owner, name: &str) -> String {
    match owner {
        Owner::Platform => format!("platform/{name}"),
        Owner::Tenant(id) => format!("tenants/{}/{name}", model.tenant(id).name),
    }
}

/// The policies of a layer in a namespace: a tenant's in its own namespaces together, the others in a file for each
/// namespace. What must be applied together can so stand together in the `kustomization.yaml`.
pub(super) fn policies(model: &Model, layer: Owner, of: Option<Owner>, namespace: &str) -> String {
    match layer {
        Owner::Tenant(_) if of == Some(layer) => of_owner(model, layer, "policies.yaml"),
        Owner::Platform | Owner::Tenant(_) => {
            of_owner(model, layer, &format!("policies/{namespace}.yaml"))
        }
    }
}

/// What a file wants to be called.
pub(super) struct Wish<'w> {
    /// Its own name.
    pub(super) name: &'w str,
    /// The namespace that it is about.
    pub(super) namespace: Option<&'w str>,
    /// A name that no other has.
    pub(super) path: &'w str,
}

/// A name for each file: the wished one; where several wish the same, with the namespace in front;
/// where that is not enough, the one that no other has.
pub(super) fn distinct(wishes: &[Wish<'_>]) -> Vec<String> {
    let qualified =
        |it: &Wish<'_>| it.namespace.map(|namespace| format!("{namespace}.{}", it.name));
    let mut plain = BTreeMap::<&str, usize>::new();
    let mut full = BTreeMap::<Option<String>, usize>::new();
    for wish in wishes {
        *plain.entry(wish.name).or_default() += 1;
        *full.entry(qualified(wish)).or_default() += 1;
    }
    let choose = |it: &Wish<'_>| {
        if plain.get(it.name) == Some(&1) {
            return it.name.to_owned();
        }
        let qualified = qualified(it);
        let alone = full.get(&qualified) == Some(&1);
        qualified.filter(|_| alone).unwrap_or_else(|| it.path.to_owned())
    };
    wishes.iter().map(choose).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_clash_say_their_namespace() {
        let wish = |name, namespace, path| Wish { name, namespace: Some(namespace), path };
        let wishes = [
            wish("seldon", "a", "x.seldon"),
            wish("seldon", "b", "y.seldon"),
            wish("seldon", "b", "z.seldon"),
            wish("mlflow", "b", "m.mlflow"),
        ];
        assert_eq!(distinct(&wishes), ["a.seldon", "y.seldon", "z.seldon", "mlflow"]);
    }
}
