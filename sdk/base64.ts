/** Base64 of the UTF-8 of a text, where there is no Buffer. */
export function base64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)))
}
