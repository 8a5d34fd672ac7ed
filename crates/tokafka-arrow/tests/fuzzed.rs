//! Every file of the fuzz target's corpus is no finding (any more).

#[cfg(test)]
#[path = "../../../fuzz/src/rows.rs"]
mod rows;

#[cfg(test)]
mod tests {
    use std::{fs, path::PathBuf};

    use super::rows::rows;

    #[test]
    fn no_rows_of_the_corpus_are_a_finding() {
        let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
        let mut files = 0;
        for file in fs::read_dir(root.join("../../fuzz/corpus/rows")).unwrap() {
            rows(&fs::read(file.unwrap().path()).unwrap());
            files += 1;
        }
        assert!(files > 0);
    }
}
