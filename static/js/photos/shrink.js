// Draws a large picture smaller on the device, as the server would: a photo of 12 MB is sent as one
// of less than 1 MB, without where and by which phone it was taken.
const MOST_SIDE = 2000; // pixels, as the server keeps
const LARGE_BYTES = 1_500_000; // below it a picture of few pixels is sent as it is
const QUALITY = 0.88;

/** The size of a picture whose longer side is at most MOST_SIDE. */
export function fitted(width, height) {
  const share = Math.min(1, MOST_SIDE / Math.max(width, height));
  return [Math.max(1, Math.round(width * share)), Math.max(1, Math.round(height * share))];
}

/** A smaller JPEG of the picture; the file itself where it is small, or cannot be drawn here. */
export async function shrunk(file) {
  let bitmap = null;
  try {
    bitmap = await createImageBitmap(file); // upright, as its camera says
    const [width, height] = fitted(bitmap.width, bitmap.height);
    if (file.size <= LARGE_BYTES && width === bitmap.width) return file;
    const canvas = Object.assign(document.createElement("canvas"), { width, height });
    const context = canvas.getContext("2d");
    context.fillStyle = "#fff"; // beneath what is transparent
    context.fillRect(0, 0, width, height);
    context.drawImage(bitmap, 0, 0, width, height);
    const drawn = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", QUALITY));
    if (!drawn || drawn.size >= file.size) return file;
    return new File([drawn], file.name.replace(/\.\w+$/, "") + ".jpg", { type: "image/jpeg" });
  } catch {
    return file; // the server says what is wrong with it
  } finally {
    bitmap?.close();
  }
}
