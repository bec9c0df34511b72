//! ISO 4217: the codes that money is kept in, by the decimals of their minor unit.
//!
//! Codes without a minor unit (metals, drawing rights, testing) are no units to pay in and are left out.

/// Codes without decimals.
const WHOLE: &str = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF";
/// Codes with two decimals.
const HUNDREDTHS: &str = "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN BZD \
    CAD CDF CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD \
    HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU \
    MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK \
    SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD XCD \
    XCG YER ZAR ZMW ZWG";
/// Codes with three decimals.
const THOUSANDTHS: &str = "BHD IQD JOD KWD LYD OMR TND";
/// Codes with four decimals.
const TEN_THOUSANDTHS: &str = "CLF UYW";

/// The decimals of a currency's minor unit; `None` when there is no such currency.
pub(super) fn minor_digits(code: &str) -> Option<u8> {
    let code: &[u8; 3] = code.as_bytes().try_into().ok()?;
    // Three letters and a space each: every charge looks here.
    let named = |list: &str| list.as_bytes().chunks(4).any(|own| own.starts_with(code));
    let lists = [(HUNDREDTHS, 2), (WHOLE, 0), (THOUSANDTHS, 3), (TEN_THOUSANDTHS, 4)];
    lists.into_iter().find(|(list, _)| named(list)).map(|(_, digits)| digits)
}
