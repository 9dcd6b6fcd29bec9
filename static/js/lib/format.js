// Dates and numbers as they are written in Vietnam. Pure: runs under `node --test`.

const whole = new Intl.NumberFormat("vi-VN", { maximumFractionDigits: 0 });
const decimal = new Intl.NumberFormat("vi-VN", { maximumFractionDigits: 1 });

export const number = (value) => whole.format(value);
export const decimalNumber = (value) => decimal.format(value);

/** 1234 → "1,2 nghìn"-like room for a marker: 999 → "999", 1234 → "1,2k", 56789 → "57k". */
export function shortNumber(value) {
  if (value < 1000) return String(value);
  const thousands = value / 1000;
  return `${thousands < 10 ? decimal.format(Math.floor(thousands * 10) / 10) : whole.format(Math.floor(thousands))}k`;
}

/** "2026-11-05" or a longer ISO time → "05/11/2026"; anything else → "". */
export function day(iso) {
  const parts = /^(\d{4})-(\d{2})-(\d{2})/.exec(iso ?? "");
  return parts ? `${parts[3]}/${parts[2]}/${parts[1]}` : "";
}

/** The clock on this device: "14:05". */
export const clock = (date) =>
  `${String(date.getHours()).padStart(2, "0")}:${String(date.getMinutes()).padStart(2, "0")}`;
