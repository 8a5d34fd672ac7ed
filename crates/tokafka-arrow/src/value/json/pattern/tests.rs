use super::*;

fn shown(pattern: &str, moment: &Moment) -> String {
    let zone = Zone::parse("Europe/Berlin").unwrap();
    let pattern = Pattern::parse(pattern, Parts::DateTimeAndZone).unwrap();
    let mut out = Vec::new();
    pattern.put(moment, &zone, &mut out);
    String::from_utf8(out).unwrap()
}

fn refused(pattern: &str, parts: Parts) -> (usize, String) {
    let error = Pattern::parse(pattern, parts).unwrap_err();
    (error.position, error.reason)
}

/// Wednesday, 2024-07-03 11:46:40.123456789 in Berlin.
fn summer() -> Moment {
    Moment::of_second(1_720_000_000, 123_456_789, 7_200)
}

#[test]
fn letters_show_what_they_show_in_java() {
    let cases = [
        (
            "yyyy-MM-dd'T'HH:mm:ss[.SSS][XXX]",
            "2024-07-03T11:46:40.123+02:00",
        ),
        ("y yy yyy yyyyy", "2024 24 2024 02024"),
        ("M MM MMM MMMM L LLLL", "7 07 Jul July 7 July"),
        ("Q QQ QQQ qqqq", "3 03 Q3 3rd quarter"),
        ("d D DDD E EEEE", "3 185 185 Wed Wednesday"),
        ("G GGGG y", "AD Anno Domini 2024"),
        ("h K k H a", "11 11 11 11 AM"),
        ("S SSSSSS SSSSSSSSS", "1 123456 123456789"),
        ("X XX XXX XXXX XXXXX", "+02 +0200 +02:00 +0200 +02:00"),
        (
            "Z ZZZZ ZZZZZ O OOOO",
            "+0200 GMT+02:00 +02:00 GMT+2 GMT+02:00",
        ),
        ("VV", "Europe/Berlin"),
        ("'a ''quoted'' \"' '' é|", "a 'quoted' \\\" ' é|"),
        ("'[y]' [yyyy]", "[y] 2024"),
    ];
    for (pattern, expected) in cases {
        assert_eq!(shown(pattern, &summer()), expected, "{pattern}");
    }
}

#[test]
fn no_offset_is_written_as_each_letter_writes_it() {
    let utc = Moment::of_second(0, 0, 0);
    assert_eq!(
        shown("X XXX x xx xxx Z ZZZZZ O", &utc),
        "Z Z +00 +0000 +00:00 +0000 Z GMT"
    );
    let odd = Moment::of_second(0, 0, -(5 * 3600 + 30 * 60 + 7));
    assert_eq!(
        shown("X XXX XXXX XXXXX O", &odd),
        "-0530 -05:30 -053007 -05:30:07 GMT-5:30:07"
    );
}

#[test]
fn midnight_and_noon_have_their_own_numbers() {
    let (midnight, noon) = (Moment::of_second(0, 0, 0), Moment::of_second(43_200, 0, 0));
    assert_eq!(shown("H k K h a", &midnight), "0 24 0 12 AM");
    assert_eq!(shown("H k K h a", &noon), "12 12 0 12 PM");
}

#[test]
fn years_far_away_have_a_sign() {
    let year = |year| {
        let first = chrono::NaiveDate::from_ymd_opt(year, 1, 1).unwrap();
        Moment::of_day(first.to_epoch_days().into())
    };
    assert_eq!(shown("yyyy y", &year(10_000)), "+10000 10000");
    assert_eq!(shown("yyyy yy", &year(-5)), "-0005 05");
    assert_eq!(shown("yyyy G", &year(-5)), "0006 BC");
    assert_eq!(shown("yyyy", &year(0)), "0000");
}

#[test]
fn an_optional_section_without_its_parts_is_left_out() {
    let zone = Zone::utc();
    let pattern = Pattern::parse("yyyy[' at 'HH[:mm]]['!']", Parts::Date).unwrap();
    let mut out = Vec::new();
    pattern.put(&Moment::of_day(0), &zone, &mut out);
    assert_eq!(out, b"1970!");
}

#[test]
fn what_cannot_be_shown_is_refused_by_position() {
    let date = Parts::Date;
    let cases = [
        (
            "yyyy-HH",
            date,
            6,
            "H is part of a time, and a date has none",
        ),
        (
            "XXX",
            Parts::DateAndTime,
            1,
            "X is part of a time zone, and there is none",
        ),
        ("dd 'of", date, 4, "the quote is not closed"),
        ("yyyy]", date, 5, "']' without '['"),
        ("yyyyyyy", date, 1, "Too many pattern letters: y"),
        ("MMMMM", date, 1, "Too many pattern letters: M"),
        ("dd#", date, 3, "'#' is reserved: quote it"),
        (
            "ééF",
            date,
            3,
            "F means different things in different versions of Java",
        ),
        (
            "[YYYY]",
            date,
            2,
            "All week-based patterns are unsupported since Spark 3.0, detected: Y; a year is y",
        ),
        ("A", date, 1, "Illegal pattern character: A"),
        (
            "z",
            Parts::DateTimeAndZone,
            1,
            "z names zones in words; use VV or XXX",
        ),
        ("V", Parts::DateTimeAndZone, 1, "the zone's name is VV"),
    ];
    for (pattern, parts, position, reason) in cases {
        assert_eq!(
            refused(pattern, parts),
            (position, reason.into()),
            "{pattern}"
        );
    }
}
