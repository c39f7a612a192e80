//! Names of output files.

use std::collections::BTreeMap;

use crate::model::{Model, Owner};

/// Returns `platform/NAME` or `tenants/<tenant>/NAME`.
pub(super) fn of_owner(model: &Model, owner: Owner, name: &str) -> String {
    match owner {
        Owner::Platform => format!("platform/{name}"),
        Owner::Tenant(id) => format!("tenants/{}/{name}", model.tenant(id).name),
    }
}

/// Returns the file for the policies of a layer in a namespace. Policies of a tenant in its own namespaces
/// share one file; other policies have a file for each namespace. This keeps policies that must be applied
/// together adjacent in the `kustomization.yaml`.
pub(super) fn policies(model: &Model, layer: Owner, of: Option<Owner>, namespace: &str) -> String {
    match layer {
        Owner::Tenant(_) if of == Some(layer) => of_owner(model, layer, "policies.yaml"),
        Owner::Platform | Owner::Tenant(_) => {
            of_owner(model, layer, &format!("policies/{namespace}.yaml"))
        }
    }
}

/// Candidates for the name of a file.
pub(super) struct Wish<'w> {
    /// The preferred name.
    pub(super) name: &'w str,
    /// The namespace of the content, used as a prefix if several files prefer the same name.
    pub(super) namespace: Option<&'w str>,
    /// The fallback name, which is unique.
    pub(super) path: &'w str,
}

/// Chooses a name for each file: the preferred one; on a conflict, the preferred one prefixed with the
/// namespace; if that conflicts too, the fallback name.
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
