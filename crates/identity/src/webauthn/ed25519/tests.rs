use super::*;

fn with(mut point: [u8; 32], change: impl Fn(&mut [u8; 32])) -> [u8; 32] {
    change(&mut point);
    point
}

#[test]
fn points_of_small_order_and_second_forms_of_a_point_are_not_sound() {
    for small in SMALL {
        assert!(!is_sound(&small), "{small:02x?}");
        assert!(!is_sound(&with(small, |point| point[31] |= 0x80)), "{small:02x?} with the other sign");
    }
    // 2^255 - 19 is 0 again, and so on up to 2^255 - 1
    let zero_again = with([0xff; 32], |point| (point[0], point[31]) = (0xed, 0x7f));
    for first in 0xed..=0xff {
        assert!(!is_sound(&with(zero_again, |point| point[0] = first)), "{first:#x}");
    }
}

#[test]
fn other_points_are_sound() {
    // RFC 8032 §5.1: the base
    assert!(is_sound(&with([0x66; 32], |point| point[0] = 0x58)));
    assert!(is_sound(&with(SMALL[1], |point| point[1] = 1)));
    assert!(is_sound(&with(SMALL[2], |point| point[0] = 0xeb)));
    assert!(is_sound(&with(SMALL[2], |point| (point[0], point[1]) = (0xff, 0xfe))));
}
