//! Options from maps, as Spark's interfaces hand producer parameters around.

use std::collections::{BTreeMap, HashMap};

use super::{KAFKA, WriteOptions, has_prefix, rule};

/// Producer settings under Kafka's names, with or without `kafka.`, and the options of a write.
impl<K: Into<String>, V: Into<String>> FromIterator<(K, V)> for WriteOptions {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(params: I) -> Self {
        params.into_iter().fold(Self::new(), |all, (name, value)| {
            let name = name.into();
            if rule(&name.to_ascii_lowercase()).is_some() || has_prefix(&name, KAFKA) {
                all.option(name, value)
            } else {
                all.producer(name, value)
            }
        })
    }
}

impl<K: Into<String>, V: Into<String>, const N: usize> From<[(K, V); N]> for WriteOptions {
    fn from(params: [(K, V); N]) -> Self {
        params.into_iter().collect()
    }
}

impl<K: Into<String>, V: Into<String>> From<HashMap<K, V>> for WriteOptions {
    fn from(params: HashMap<K, V>) -> Self {
        params.into_iter().collect()
    }
}

impl<K: Into<String>, V: Into<String>> From<BTreeMap<K, V>> for WriteOptions {
    fn from(params: BTreeMap<K, V>) -> Self {
        params.into_iter().collect()
    }
}
