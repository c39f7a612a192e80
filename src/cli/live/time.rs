//! Times of credentials, in seconds since 1970.

use crate::scalar::Date;

/// Returns the current time.
#[expect(clippy::disallowed_types, reason = "credentials end at a time")]
pub(super) fn now() -> i64 {
    let since = std::time::SystemTime::UNIX_EPOCH.elapsed();
    since.ok().and_then(|it| it.as_secs().try_into().ok()).unwrap_or_default()
}

/// Reads an RFC 3339 time, such as `2026-12-01T07:30:00Z` or `2026-12-01T09:30:00.5+02:00`.
pub(super) fn parse(text: &str) -> Option<i64> {
    let (date, rest) = text.trim().split_at_checked(10)?;
    let date = Date::parse(date)?;
    let (clock, rest) = rest.strip_prefix(['T', 't', ' '])?.split_at_checked(8)?;
    let [hour, minute, second] = numbers(clock)?;
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let zone = match rest.strip_prefix('.') {
        Some(fraction) => {
            let zone = fraction.trim_start_matches(|it: char| it.is_ascii_digit());
            (zone.len() < fraction.len()).then_some(zone)?
        }
        None => rest,
    };
    let offset = match zone.strip_prefix(['+', '-']) {
        Some(ahead) => {
            let [hours, minutes] = numbers(ahead)?;
            let seconds = hours * 3600 + minutes * 60;
            if zone.starts_with('-') { -seconds } else { seconds }
        }
        None => matches!(zone, "Z" | "z").then_some(0)?,
    };
    Some(days(date) * 86_400 + hour * 3600 + minute * 60 + second - offset)
}

/// Reads numbers of two digits with colons between them.
fn numbers<const N: usize>(text: &str) -> Option<[i64; N]> {
    let number = |it: &str| {
        (it.len() == 2 && it.bytes().all(|it| it.is_ascii_digit())).then(|| it.parse().ok())?
    };
    let numbers: Option<Vec<i64>> = text.split(':').map(number).collect();
    numbers?.try_into().ok()
}

/// Returns the days from 1970-01-01 to a day.
fn days(date: Date) -> i64 {
    // Howard Hinnant, "chrono-compatible low-level date algorithms", days_from_civil.
    let (month, day) = (i64::from(date.month), i64::from(date.day));
    let year = i64::from(date.year) - i64::from(month <= 2);
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let day_of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read() {
        assert_eq!(parse("1970-01-01T00:00:00Z"), Some(0));
        assert_eq!(parse("2026-12-01T07:30:05Z"), Some(1_796_110_205));
        assert_eq!(parse("2026-12-01T09:30:05.25+02:00"), Some(1_796_110_205));
        assert_eq!(parse("2026-12-01T04:00:05.5-03:30"), Some(1_796_110_205));
        assert_eq!(parse("2028-02-29t00:00:00z"), Some(1_835_395_200));
        for wrong in ["", "soon", "2026-12-01", "2026-12-01T07:30:05", "2026-12-01T07:30:05.Z"] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
        assert_eq!(parse("2026-12-01T25:30:05Z"), None);
        assert_eq!(parse("2026-12-01T07:30:05+2:00"), None);
    }
}
