//! Spark's spellings that DataFusion's parser does not take, in the words of a text. Positions in
//! errors stay right.

use std::ops::Range;

use datafusion::{
    error::Result,
    sql::sqlparser::{
        dialect::Dialect,
        keywords::Keyword,
        tokenizer::{Token, TokenWithSpan},
    },
};

use super::{
    declared,
    tokens::{arguments, call, is_space, is_word, name_one_type, next, raw, rename, space, word},
};

/// The words of a text, with ours in the place of Spark's.
pub(super) fn tokens(dialect: &dyn Dialect, text: &str) -> Result<Vec<TokenWithSpan>> {
    let mut tokens = raw(dialect, text)?;
    let mut at = 0;
    while at < tokens.len() {
        if is_word(&tokens, at, Keyword::EXTERNAL) {
            declared::columns(&mut tokens, at);
        }
        if is_offset_column(&tokens, at) {
            rename(&mut tokens, at, "offset");
        }
        if let Some((open, name)) = call(&tokens, at) {
            let arguments = arguments(&tokens, open);
            match name.as_str() {
                "struct" => name_fields(&mut tokens, at, &arguments),
                "to_json" | "from_json" => name_options(&mut tokens, &arguments),
                "array" if !is_query(&tokens, &arguments) => rename(&mut tokens, at, "make_array"),
                "cast" | "try_cast" => name_type(&mut tokens, &arguments),
                _ => {}
            }
        }
        at += 1;
    }
    Ok(tokens)
}

/// Unquoted, `struct` begins a literal, in which no star may stand; and if one field of it has a
/// name, those without do not get the names of their columns.
fn name_fields(tokens: &mut Vec<TokenWithSpan>, at: usize, fields: &[Range<usize>]) {
    if fields.iter().any(|field| is_star(tokens, field)) {
        return rename(tokens, at, "struct");
    }
    let is_named = |field: &Range<usize>| is_named(tokens, field);
    let named: Vec<bool> = fields.iter().map(is_named).collect();
    if !named.contains(&true) {
        return;
    }
    let unnamed = fields.iter().zip(named).enumerate();
    for (position, (field, _)) in unnamed.filter(|(_, (_, named))| !named).rev() {
        let name = column(tokens, field).unwrap_or_else(|| word(&format!("col{}", position + 1)));
        let alias = [Token::make_keyword("AS"), name];
        let alias = alias
            .into_iter()
            .flat_map(|token| [space(), TokenWithSpan::wrap(token)]);
        tokens.splice(field.end..field.end, alias.collect::<Vec<_>>());
    }
}

/// A map of several options is a struct in DataFusion.
fn name_options(tokens: &mut [TokenWithSpan], arguments: &[Range<usize>]) {
    let options = arguments.get(1..).unwrap_or_default().last();
    let options = options.map(|options| options.start);
    let is_map = |at: &usize| call(tokens, *at).is_some_and(|(_, name)| name == "map");
    if let Some(map) = options.filter(is_map) {
        rename(tokens, map, "named_struct");
    }
}

/// `array(SELECT …)` is of the rows of a query.
fn is_query(tokens: &[TokenWithSpan], arguments: &[Range<usize>]) -> bool {
    let first = arguments.first().and_then(|first| tokens.get(first.start));
    let word = first.map(|first| &first.token);
    matches!(word, Some(Token::Word(word)) if matches!(word.keyword, Keyword::SELECT | Keyword::WITH))
}

/// Spark's names of types in the place of DataFusion's, within those of lists and structs too: what
/// is cast stands before the last `AS`.
fn name_type(tokens: &mut [TokenWithSpan], arguments: &[Range<usize>]) {
    // Types have commas of their own.
    let (Some(first), Some(last)) = (arguments.first(), arguments.last()) else {
        return;
    };
    let (start, end) = (first.start, last.end);
    let is_as = |at: &usize| {
        let token = tokens.get(*at).map(|token| &token.token);
        matches!(token, Some(Token::Word(word)) if word.keyword == Keyword::AS)
    };
    let Some(type_at) = (start..end).rev().find(is_as).map(|at| at + 1) else {
        return;
    };
    for at in type_at..end {
        if !is_field_name(tokens, at) {
            name_one_type(tokens, at);
        }
    }
}

/// A name stands before its type, with a colon between or without.
fn is_field_name(tokens: &[TokenWithSpan], at: usize) -> bool {
    let after = next(tokens, at + 1).and_then(|after| tokens.get(after));
    let after = after.map(|after| &after.token);
    matches!(after, Some(Token::Colon | Token::Word(_)))
}

/// The name of the column that is an argument and nothing else.
fn column(tokens: &[TokenWithSpan], argument: &Range<usize>) -> Option<Token> {
    let words = tokens
        .get(argument.clone())?
        .iter()
        .map(|token| &token.token);
    let words: Vec<_> = words
        .filter(|token| !matches!(token, Token::Whitespace(_)))
        .collect();
    let is_path = |token: &&Token| matches!(token, Token::Word(_) | Token::Period);
    let last = words.last().filter(|_| words.iter().all(is_path));
    last.map(|last| Token::clone(last))
}

/// True for `*` and `t.*`, but not for a product.
fn is_star(tokens: &[TokenWithSpan], argument: &Range<usize>) -> bool {
    let tokens = tokens.get(argument.clone()).unwrap_or_default();
    let star = tokens.iter().position(|token| token.token == Token::Mul);
    let before = star.map(|star| star.checked_sub(1).and_then(|before| tokens.get(before)));
    before.is_some_and(|before| before.is_none_or(|before| before.token == Token::Period))
}

/// True for `a AS b`, but not for what only has such a thing within brackets.
fn is_named(tokens: &[TokenWithSpan], argument: &Range<usize>) -> bool {
    let mut depth = 0_usize;
    let mut tokens = tokens.get(argument.clone()).unwrap_or_default().iter();
    tokens.any(|token| match &token.token {
        Token::LParen => {
            depth += 1;
            false
        }
        Token::RParen => {
            depth = depth.saturating_sub(1);
            false
        }
        Token::Word(word) => depth == 0 && word.keyword == Keyword::AS,
        _ => false,
    })
}

/// True for `offset` behind a comma, which the parser takes for the clause, as if the comma were one too
/// many.
fn is_offset_column(tokens: &[TokenWithSpan], at: usize) -> bool {
    let before = tokens.get(..at).unwrap_or_default().iter().rev();
    let mut before = before.filter(|token| !is_space(token));
    let follows_comma = before
        .next()
        .is_some_and(|token| token.token == Token::Comma);
    follows_comma && is_word(tokens, at, Keyword::OFFSET)
}
