//! The columns of CREATE EXTERNAL TABLE: `key` begins an index in them, and types have Spark's names.

use datafusion::sql::sqlparser::{
    keywords::Keyword,
    tokenizer::{Token, TokenWithSpan},
};

use super::tokens::{arguments, is_space, is_word, name_one_type, next, rename};

/// Quotes the column `key`, and gives types DataFusion's names.
pub(super) fn columns(tokens: &mut [TokenWithSpan], external: usize) {
    let Some(open) = list(tokens, external) else {
        return;
    };
    for column in arguments(tokens, open) {
        let name = column.start;
        let second = next(tokens, name + 1).and_then(|at| tokens.get(at));
        let is_type = second.is_some_and(|second| matches!(second.token, Token::Word(_)));
        if is_type && is_word(tokens, name, Keyword::KEY) {
            rename(tokens, name, "key");
        }
        let mut before = name;
        for at in name + 1..column.end {
            let Some(token) = tokens.get(at).filter(|it| !is_space(it)) else {
                continue;
            };
            if matches!(token.token, Token::Word(_)) && names_end(tokens, before) {
                name_one_type(tokens, at);
            }
            before = at;
        }
    }
}

/// Where the columns of `EXTERNAL TABLE [IF NOT EXISTS] a.b.c (` open.
fn list(tokens: &[TokenWithSpan], external: usize) -> Option<usize> {
    let mut at = next(tokens, external + 1)?;
    if !is_word(tokens, at, Keyword::TABLE) {
        return None;
    }
    at = next(tokens, at + 1)?;
    if is_word(tokens, at, Keyword::IF) {
        for _ in 0..3 {
            at = next(tokens, at + 1)?;
        }
    }
    loop {
        at = next(tokens, at + 1)?;
        match tokens.get(at)?.token {
            Token::Period => at = next(tokens, at + 1)?,
            Token::LParen => return Some(at),
            _ => return None,
        }
    }
}

/// True if a type may follow this token: a name, `name:` or `ARRAY<`.
fn names_end(tokens: &[TokenWithSpan], at: usize) -> bool {
    let before = tokens.get(..at).unwrap_or_default();
    match tokens.get(at).map(|token| &token.token) {
        Some(Token::Word(_) | Token::Colon) => true,
        Some(Token::Lt) => before.last().is_some_and(|last| match &last.token {
            Token::Word(word) => word.keyword == Keyword::ARRAY,
            _ => false,
        }),
        _ => false,
    }
}
