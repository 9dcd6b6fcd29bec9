// Where somebody is: asked of the device, rounded here, and never farther off than the province.
// Points are [lng, lat] in degrees. Pure but for `askPosition`.
import { t } from "./i18n.js";

const TIMEOUT_MS = 15_000;
const EARTH_KM = 6371;
const REASONS = {
  insecure: t("Trình duyệt chỉ cho biết vị trí khi trang mở bằng đường truyền an toàn (https)."),
  unsupported: t("Trình duyệt này không cho trang biết vị trí."),
  1: t("Trang chưa được phép biết vị trí của bạn."),
  2: t("Máy chưa xác định được bạn đang ở đâu."),
  3: t("Tìm vị trí lâu quá mà chưa xong."),
};

/** Three decimals, about 100 m: nobody needs to know more, so nobody is told more. */
export const rounded = ([lng, lat]) => [Number(lng.toFixed(3)), Number(lat.toFixed(3))];

/** Why there is no position, in words; `code` is a GeolocationPositionError's, or ours. */
export const refusal = (code) => REASONS[code] ?? REASONS[2];

/** Apps that show pages in a frame of their own, where position and sharing are often missing. */
export const isInApp = (userAgent) => /\b(?:Zalo|FBAN|FBAV|FB_IAB|Instagram)\b/i.test(userAgent);

/** Kilometres along the earth. */
export function kilometresBetween([lngA, latA], [lngB, latB]) {
  const radians = (degrees) => (degrees * Math.PI) / 180;
  const halfLat = Math.sin(radians(latB - latA) / 2) ** 2;
  const halfLng = Math.sin(radians(lngB - lngA) / 2) ** 2;
  const chord = halfLat + Math.cos(radians(latA)) * Math.cos(radians(latB)) * halfLng;
  return 2 * EARTH_KM * Math.asin(Math.sqrt(chord));
}

/** How far a point lies outside [west, south, east, north]: 0 inside. */
export function kilometresOutside([lng, lat], [west, south, east, north]) {
  const nearest = [Math.min(east, Math.max(west, lng)), Math.min(north, Math.max(south, lat))];
  return kilometresBetween([lng, lat], nearest);
}

/** The device's position, rounded. Rejects with {code}, one that `refusal` has words for. */
export function askPosition({ geolocation, secure = globalThis.isSecureContext }) {
  return new Promise((resolve, reject) => {
    if (!secure) return reject({ code: "insecure" });
    if (!geolocation) return reject({ code: "unsupported" });
    return geolocation.getCurrentPosition(
      ({ coords }) => resolve(rounded([coords.longitude, coords.latitude])),
      reject,
      { timeout: TIMEOUT_MS, maximumAge: 60_000, enableHighAccuracy: false },
    );
  });
}
