//! What the texts of `startingOffsets` and its like mean.

use std::{collections::BTreeMap, fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer,
    de::{Error, MapAccess, Visitor},
};

use super::{Place, error::RangeError};

/// Places in the partitions of topics.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Places {
    /// The same in all.
    All(Place),
    /// Some for each topic.
    Each(BTreeMap<String, TopicPlaces>),
}

/// Places in the partitions of a topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TopicPlaces {
    /// The same in all.
    All(Place),
    /// One for each partition.
    Each(BTreeMap<i32, Place>),
}

/// Places, and the option that says them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WantedPlaces {
    /// The option.
    pub option: &'static str,
    /// What it says.
    pub places: Places,
}

impl WantedPlaces {
    /// What the first option that is given says: the one of a time for all partitions, of times as JSON, or of
    /// offsets, which are a word or JSON.
    ///
    /// # Errors
    /// [`RangeError::Place`].
    pub fn first_given<'a>(
        [time, times, offsets]: [&'static str; 3],
        given: impl Fn(&'static str) -> Option<&'a str>,
    ) -> Result<Option<Self>, RangeError> {
        let (option, places) = match [time, times, offsets].map(given) {
            [Some(text), _, _] => (time, of_time(text)),
            [None, Some(text), _] => (times, each::<Time>(text).map(Places::Each)),
            [None, None, Some(text)] => (offsets, of_offsets(text)),
            [None, None, None] => return Ok(None),
        };
        match places {
            Ok(places) => Ok(Some(Self { option, places })),
            Err(reason) => Err(RangeError::Place { option, reason }),
        }
    }
}

fn of_time(text: &str) -> Result<Places, String> {
    let millis = text.trim().parse().ok().filter(|millis| *millis >= 0);
    let millis = millis.ok_or_else(|| {
        format!(
            "Expected a single long value, got {text}: milliseconds since 1970, as 1700000000000"
        )
    })?;
    Ok(Places::All(Place::Time(millis)))
}

fn of_offsets(text: &str) -> Result<Places, String> {
    match Place::of_word(text.trim()) {
        Some(place) => Ok(Places::All(place)),
        None => each::<Offset>(text).map(Places::Each),
    }
}

/// The JSON is read up to its end: what stands behind it is not looked at, as in Spark.
fn each<N: Number>(text: &str) -> Result<BTreeMap<String, TopicPlaces>, String> {
    let mut json = serde_json::Deserializer::from_str(text);
    let topics = Topics::<N>::deserialize(&mut json);
    let topics =
        topics.map_err(|error| format!("Expected e.g. {}, got {text}: {error}", N::EXAMPLE))?;
    Ok(topics.0)
}

/// A number of the JSON as a place.
trait Number: Sized {
    /// Of a JSON with such numbers, in Spark's words.
    const EXAMPLE: &'static str;
    /// Whether a word may stand for all partitions of a topic.
    const WORDS: bool;

    fn place(number: i64) -> Option<Place>;
}

struct Offset;

impl Number for Offset {
    const EXAMPLE: &'static str = r#"{"topicA":{"0":23,"1":-1},"topicB":{"0":-2}}"#;
    const WORDS: bool = true;

    fn place(number: i64) -> Option<Place> {
        Place::of_number(number)
    }
}

struct Time;

impl Number for Time {
    const EXAMPLE: &'static str = r#"{"topicA": {"0": 123456789, "1": 123456789}, "topicB": {"0": 123456789, "1": 123456789}}"#;
    const WORDS: bool = false;

    fn place(number: i64) -> Option<Place> {
        (number >= 0).then_some(Place::Time(number))
    }
}

/// The whole JSON. Of a topic that is there twice the last counts, but words and offsets do not mix.
struct Topics<N>(BTreeMap<String, TopicPlaces>, PhantomData<N>);

impl<'de, N: Number> Deserialize<'de> for Topics<N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(TopicsVisitor(PhantomData))
    }
}

struct TopicsVisitor<N>(PhantomData<N>);

impl<'de, N: Number> Visitor<'de> for TopicsVisitor<N> {
    type Value = Topics<N>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with a member for each topic")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut topics = BTreeMap::new();
        while let Some((topic, One(places, _))) = map.next_entry::<String, One<N>>()? {
            let is_word = matches!(places, TopicPlaces::All(_));
            let before = topics.insert(topic.clone(), places);
            if before.is_some_and(|before| matches!(before, TopicPlaces::All(_)) != is_word) {
                return Err(A::Error::custom(format!(
                    "topic {topic} has both a word for all its partitions and a place for each"
                )));
            }
        }
        Ok(Topics(topics, PhantomData))
    }
}

/// What the JSON says of one topic.
struct One<N>(TopicPlaces, PhantomData<N>);

impl<'de, N: Number> Deserialize<'de> for One<N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(OneVisitor(PhantomData))
    }
}

struct OneVisitor<N>(PhantomData<N>);

impl<'de, N: Number> Visitor<'de> for OneVisitor<N> {
    type Value = One<N>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with a member for each partition")?;
        match N::WORDS {
            true => f.write_str(", or earliest or latest"),
            false => Ok(()),
        }
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        let place = Place::of_word(text.trim()).filter(|_| N::WORDS);
        let place = place.ok_or_else(|| E::custom(format!("{text:?} is no place of a topic")))?;
        Ok(One(TopicPlaces::All(place), PhantomData))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut partitions = BTreeMap::new();
        while let Some((partition, Whole(number))) = map.next_entry::<String, Whole>()? {
            let index = partition.trim().parse().ok().filter(|index| *index >= 0);
            let index = index.ok_or_else(|| {
                A::Error::custom(format!("{partition:?} is no number of a partition"))
            })?;
            let place = N::place(number);
            let place = place.ok_or_else(|| A::Error::custom(format!("{number} is too small")))?;
            partitions.insert(index, place);
        }
        Ok(One(TopicPlaces::Each(partitions), PhantomData))
    }
}

/// A number, or one in quotes; decimals are cut off, as in Spark.
struct Whole(i64);

impl<'de> Deserialize<'de> for Whole {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(WholeVisitor)
    }
}

struct WholeVisitor;

impl Visitor<'_> for WholeVisitor {
    type Value = Whole;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a whole number")
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Whole, E> {
        Ok(Whole(number))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Whole, E> {
        let number = i64::try_from(number);
        number.map(Whole).map_err(|_| E::custom("it is too large"))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Whole, E> {
        // From here on a float has no room for decimals, and may not be the number that was written.
        const EXACT: f64 = 9_007_199_254_740_992.0;
        match number.abs() < EXACT {
            true => Ok(Whole(number.trunc() as i64)),
            false => Err(E::custom("it is too large")),
        }
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Whole, E> {
        let number = text.trim().parse();
        number
            .map(Whole)
            .map_err(|_| E::custom(format!("{text:?} is no whole number")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offsets(value: &str) -> Result<BTreeMap<String, TopicPlaces>, String> {
        each::<Offset>(value)
    }

    fn partitions(each: &[(i32, Place)]) -> TopicPlaces {
        TopicPlaces::Each(each.iter().copied().collect())
    }

    /// `parsing specificOffsets`: per partition, by topic, mixed.
    #[test]
    fn places_are_numbers_by_partition_or_words_by_topic() {
        let text = r#" {"a":{"0":23,"1":-1,"2":"7","3":-2,"4":5.9},"b":"LATEST","a\u0062":"earliest"} and more"#;
        let a = [
            (0, Place::Offset(23)),
            (1, Place::Latest),
            (2, Place::Offset(7)),
            (3, Place::Earliest),
            (4, Place::Offset(5)),
        ];
        let expected = [
            ("a".to_owned(), partitions(&a)),
            ("b".to_owned(), TopicPlaces::All(Place::Latest)),
            ("ab".to_owned(), TopicPlaces::All(Place::Earliest)),
        ];
        assert_eq!(offsets(text).unwrap(), expected.into());
    }

    #[test]
    fn of_a_topic_that_is_there_twice_the_last_counts() {
        let text = r#"{"a":{"0":1},"a":{"1":2}}"#;
        let expected = [("a".to_owned(), partitions(&[(1, Place::Offset(2))]))];
        assert_eq!(offsets(text).unwrap(), expected.into());
        let error = offsets(r#"{"a":"latest","a":{"1":2}}"#).unwrap_err();
        assert!(error.contains("topic a has both a word"), "{error}");
    }

    #[test]
    fn what_is_malformed_is_quoted_with_its_place() {
        for (value, place) in [
            ("", "line 1 column 0"),
            ("7", "line 1 column 1"),
            ("{", "line 1 column 1"),
            (r#"{"t":7}"#, "line 1 column 6"),
            (r#"{"t":"now"}"#, "line 1 column 10"),
            (r#"{"t":{"0":-3}}"#, "line 1 column 13"),
            (r#"{"t":{"-1":3}}"#, "line 1 column 13"),
            (r#"{"t":{"0":true}}"#, "line 1 column 14"),
            ("{\"t\":\n{\"0\":1e300}}", "line 2 column 10"),
            (r#"{"t":{"0":99999999999999999999}}"#, "line 1 column 30"),
        ] {
            let error = offsets(value).unwrap_err();
            let start = format!(
                r#"Expected e.g. {{"topicA":{{"0":23,"1":-1}},"topicB":{{"0":-2}}}}, got {value}: "#
            );
            assert!(error.starts_with(&start), "{error}");
            assert!(error.contains(place), "{value}: {error}");
        }
    }

    #[test]
    fn times_are_not_negative_and_have_no_words() {
        let times = each::<Time>;
        let expected = [("t".to_owned(), partitions(&[(0, Place::Time(1000))]))];
        assert_eq!(times(r#"{"t":{"0":"1000"}}"#).unwrap(), expected.into());
        assert!(times(r#"{"t":{"0":-1}}"#).is_err());
        assert!(times(r#"{"t":"latest"}"#).is_err());
        assert_eq!(of_time(" 5 ").unwrap(), Places::All(Place::Time(5)));
        assert!(of_time("-5").is_err());
    }
}
