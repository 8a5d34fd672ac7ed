//! What is done with the words of a text, whatever they are.

use std::ops::Range;

use datafusion::{
    error::{DataFusionError, Result},
    sql::sqlparser::{
        dialect::Dialect,
        keywords::Keyword,
        parser::ParserError,
        tokenizer::{Token, TokenWithSpan, Tokenizer, Whitespace, Word},
    },
};

/// The words of a text as they are.
pub(super) fn raw(dialect: &dyn Dialect, text: &str) -> Result<Vec<TokenWithSpan>> {
    let tokens = Tokenizer::new(dialect, text).tokenize_with_location();
    tokens.map_err(|error| DataFusionError::SQL(Box::new(ParserError::from(error)), None))
}

/// Spark's name of a type in the place of DataFusion's.
pub(super) fn name_one_type(tokens: &mut [TokenWithSpan], at: usize) {
    if let Some(token) = tokens.get_mut(at)
        && let Token::Word(name) = &token.token
        && name.quote_style.is_none()
    {
        match name.value.to_ascii_uppercase().as_str() {
            "BINARY" => token.token = Token::make_keyword("BYTEA"),
            "LONG" => token.token = Token::make_keyword("BIGINT"),
            _ => {}
        }
    }
}

/// The opening parenthesis and the name of the call that begins here.
pub(super) fn call(tokens: &[TokenWithSpan], at: usize) -> Option<(usize, String)> {
    let Token::Word(word) = &tokens.get(at)?.token else {
        return None;
    };
    let open = next(tokens, at + 1)?;
    let is_call = tokens.get(open)?.token == Token::LParen;
    (is_call && word.quote_style.is_none()).then(|| (open, word.value.to_ascii_lowercase()))
}

/// Where each argument begins, and the comma or bracket where it ends.
pub(super) fn arguments(tokens: &[TokenWithSpan], open: usize) -> Vec<Range<usize>> {
    let (mut all, mut start, mut depth) = (Vec::new(), next(tokens, open + 1), 0_usize);
    for (at, token) in tokens.iter().enumerate().skip(open) {
        match token.token {
            Token::LParen | Token::LBracket | Token::LBrace => depth += 1,
            Token::RParen | Token::RBracket | Token::RBrace => depth = depth.saturating_sub(1),
            Token::Comma if depth == 1 => {
                all.extend(start.map(|start| start..at));
                start = next(tokens, at + 1);
            }
            _ => {}
        }
        if depth == 0 {
            all.extend(start.map(|start| start..at).filter(|last| !last.is_empty()));
            break;
        }
    }
    all
}

/// The next token that is not white space.
pub(super) fn next(tokens: &[TokenWithSpan], from: usize) -> Option<usize> {
    let mut tokens = tokens.iter().enumerate().skip(from);
    let found = tokens.find(|(_, token)| !matches!(token.token, Token::Whitespace(_)));
    found.map(|(at, _)| at)
}

/// Puts a quoted name in the place of a word.
pub(super) fn rename(tokens: &mut [TokenWithSpan], at: usize, name: &str) {
    if let Some(token) = tokens.get_mut(at) {
        token.token = word(name);
    }
}

pub(super) fn word(name: &str) -> Token {
    Token::Word(Word {
        value: name.to_owned(),
        quote_style: Some('"'),
        keyword: Keyword::NoKeyword,
    })
}

pub(super) fn space() -> TokenWithSpan {
    TokenWithSpan::wrap(Token::Whitespace(Whitespace::Space))
}

/// True for the word without quotes.
pub(super) fn is_word(tokens: &[TokenWithSpan], at: usize, keyword: Keyword) -> bool {
    let token = tokens.get(at).map(|token| &token.token);
    matches!(token, Some(Token::Word(word)) if word.keyword == keyword && word.quote_style.is_none())
}

pub(super) fn is_space(token: &TokenWithSpan) -> bool {
    matches!(token.token, Token::Whitespace(_))
}
