use super::*;

fn lines(columns: &[usize]) -> Lines {
    let mut lines = Lines::default();
    lines.set_metrics(Metrics {
        columns: 10,
        row: 20.0,
        gap: 5.0,
    });
    for &columns in columns {
        lines.push(&vec![b'x'; columns], columns, Stands::default());
    }
    lines
}

#[test]
fn a_line_takes_as_many_rows_as_its_columns_need() {
    let lines = lines(&[0, 1, 10, 11, 25]);
    let heights: Vec<f64> = (0..5).map(|record| lines.record_height(record)).collect();
    assert_eq!(heights, [20.0, 20.0, 20.0, 40.0, 60.0]);
    assert_eq!(lines.height(), 160.0);
}

#[test]
fn places_and_records_agree_across_blocks() {
    let mut lines = lines(&[]);
    for at in 0..BLOCK * 3 + 7 {
        let gap = at % 9 == 0;
        lines.push(
            b"x",
            at % 40,
            Stands {
                gap,
                ..Stands::default()
            },
        );
    }
    for record in 0..lines.len() {
        let top = lines.top(record);
        assert_eq!(lines.at(top), record);
        assert_eq!(lines.at(top + lines.record_height(record) - 0.25), record);
    }
    assert_eq!(lines.top(lines.len()), lines.height());
    assert_eq!(lines.at(f64::MAX), lines.len() - 1);
}

#[test]
fn narrowing_makes_more_rows_and_forgets_what_was_measured() {
    let mut lines = lines(&[20, 20]);
    assert_eq!(lines.measured(0, 90.0), 50.0);
    assert_eq!(lines.height(), 130.0);
    assert_eq!(lines.top(1), 90.0);
    lines.set_metrics(Metrics {
        columns: 5,
        row: 20.0,
        gap: 5.0,
    });
    assert_eq!(lines.height(), 160.0);
}

#[test]
fn segments_of_one_line_share_its_number() {
    let mut lines = lines(&[5]);
    lines.push(b"long", 4, Stands::default());
    for _ in 0..BLOCK {
        lines.push(
            b"long",
            4,
            Stands {
                continues: true,
                ..Stands::default()
            },
        );
    }
    lines.push(b"next", 4, Stands::default());
    assert_eq!(lines.number(0), 1);
    assert_eq!(lines.number(1), 2);
    assert_eq!(lines.number(BLOCK + 1), 2);
    assert_eq!(lines.number(BLOCK + 2), 3);
    let records: Vec<_> = (0..5).map(|number| lines.record(number)).collect();
    assert_eq!(records, [None, Some(0), Some(1), Some(BLOCK + 2), None]);
}

#[test]
fn a_million_lines_take_eight_octets_each_beside_their_text() {
    assert_eq!(size_of::<Record>(), 8);
    let mut lines = lines(&[]);
    for _ in 0..1_000_000 {
        lines.push(b"x", 1, Stands::default());
    }
    assert_eq!(lines.at(lines.height() / 2.0), 500_000);
    assert_eq!(lines.number(999_999), 1_000_000);
}

#[test]
fn a_closed_fold_is_one_row_high_and_an_open_one_a_row_higher_than_what_is_in_it() {
    let mut lines = lines(&vec![10; BLOCK * 3]);
    let open = lines.height();
    let fold = 100..BLOCK * 2 + 1;
    let inside = lines.top(fold.end) - lines.top(fold.start);
    lines.measured(150, 90.0);
    lines.fold(fold.clone(), false);
    assert_eq!(lines.height(), open - inside + 20.0);
    assert_eq!(lines.top(fold.end), lines.top(fold.start) + 20.0);
    assert_eq!(lines.at(lines.top(fold.start)), fold.start);
    assert_eq!(lines.at(lines.top(fold.start) + 20.0), fold.end);
    assert_eq!(lines.number(fold.end), fold.end + 1);
    lines.fold(fold.clone(), true);
    assert_eq!(lines.height(), open + 20.0);
    assert_eq!(lines.at(lines.top(200)), 200);
}

#[test]
fn a_fold_is_laid_out_anew_with_everything_else() {
    let mut lines = lines(&[10, 20, 20, 10]);
    lines.fold(1..3, false);
    assert_eq!(lines.height(), 60.0);
    lines.set_metrics(Metrics {
        columns: 5,
        row: 20.0,
        gap: 5.0,
    });
    assert_eq!(lines.height(), 40.0 + 20.0 + 40.0);
}
