// Dates and numbers as they are written in the language of the page. Pure: runs under `node --test`.
import { language, t } from "./i18n.js";

const locale = language === "en" ? "en-GB" : "vi-VN";
const whole = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });
const decimal = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 });

export const number = (value) => whole.format(value);
export const decimalNumber = (value) => decimal.format(value);

/** 1234 → "1,2 nghìn"-like room for a marker: 999 → "999", 1234 → "1,2k", 56789 → "57k". */
export function shortNumber(value) {
  if (value < 1000) return String(value);
  const thousands = value / 1000;
  return `${thousands < 10 ? decimal.format(Math.floor(thousands * 10) / 10) : whole.format(Math.floor(thousands))}k`;
}

/** A distance from a spot known to about 100 m: "dưới 100 m", "300 m", "4,2 km", "38 km". */
export function distance(metres) {
  if (metres < 100) return t("dưới 100 m");
  const hundreds = Math.round(metres / 100);
  if (hundreds < 10) return `${hundreds * 100} m`;
  return hundreds < 100 ? `${decimal.format(hundreds / 10)} km` : `${whole.format(metres / 1000)} km`;
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** "2026-11-05" or a longer ISO time → "05/11/2026", in English "5 Nov 2026"; anything else → "". */
export function day(iso) {
  const parts = /^(\d{4})-(\d{2})-(\d{2})/.exec(iso ?? "");
  if (!parts) return "";
  if (language === "vi") return `${parts[3]}/${parts[2]}/${parts[1]}`;
  return `${Number(parts[3])} ${MONTHS[Number(parts[2]) - 1]} ${parts[1]}`;
}

/** The clock on this device: "14:05". */
export const clock = (date) =>
  `${String(date.getHours()).padStart(2, "0")}:${String(date.getMinutes()).padStart(2, "0")}`;

/** A moment by the clock and the calendar of this device: "14:05 05/11/2026". */
export function moment(date) {
  const local = [date.getFullYear(), date.getMonth() + 1, date.getDate()];
  return `${clock(date)} ${day(local.map((part) => String(part).padStart(2, "0")).join("-"))}`;
}
