/** A readable placeholder name for an anonymous visitor; always the same for one id. */

import { hashOf } from "./avatars";

type Language = "en" | "vi";
type Pairs = readonly (readonly [en: string, vi: string])[];

const COLOURS: Pairs = [
  ["Amber", "hổ phách"],
  ["Azure", "xanh da trời"],
  ["Bronze", "đồng"],
  ["Coral", "san hô"],
  ["Crimson", "đỏ thẫm"],
  ["Emerald", "lục bảo"],
  ["Golden", "vàng"],
  ["Indigo", "chàm"],
  ["Ivory", "ngà"],
  ["Jade", "ngọc bích"],
  ["Lilac", "tử đinh hương"],
  ["Maroon", "nâu sẫm"],
  ["Olive", "ô liu"],
  ["Pearl", "ngọc trai"],
  ["Purple", "tím"],
  ["Ruby", "hồng ngọc"],
  ["Silver", "bạc"],
  ["Teal", "mòng két"],
  ["Topaz", "hoàng ngọc"],
  ["White", "trắng"],
];
const ANIMALS: Pairs = [
  ["Badger", "Lửng"],
  ["Bear", "Gấu"],
  ["Beaver", "Hải ly"],
  ["Bison", "Bò rừng"],
  ["Butterfly", "Bướm"],
  ["Camel", "Lạc đà"],
  ["Crane", "Sếu"],
  ["Deer", "Nai"],
  ["Dolphin", "Cá heo"],
  ["Dove", "Bồ câu"],
  ["Dragonfly", "Chuồn chuồn"],
  ["Eagle", "Đại bàng"],
  ["Elephant", "Voi"],
  ["Falcon", "Chim ưng"],
  ["Finch", "Sẻ thông"],
  ["Fox", "Cáo"],
  ["Gazelle", "Linh dương"],
  ["Giraffe", "Hươu cao cổ"],
  ["Hare", "Thỏ rừng"],
  ["Hedgehog", "Nhím"],
  ["Heron", "Diệc"],
  ["Kingfisher", "Bói cá"],
  ["Koala", "Gấu túi"],
  ["Lark", "Sơn ca"],
  ["Leopard", "Báo"],
  ["Lion", "Sư tử"],
  ["Lynx", "Linh miêu"],
  ["Magpie", "Ác là"],
  ["Mole", "Chuột chũi"],
  ["Nightingale", "Họa mi"],
  ["Otter", "Rái cá"],
  ["Owl", "Cú"],
  ["Panda", "Gấu trúc"],
  ["Parrot", "Vẹt"],
  ["Peacock", "Công"],
  ["Penguin", "Chim cánh cụt"],
  ["Pony", "Ngựa con"],
  ["Robin", "Oanh"],
  ["Seal", "Hải cẩu"],
  ["Sparrow", "Chim sẻ"],
  ["Squirrel", "Sóc"],
  ["Stork", "Cò"],
  ["Swallow", "Én"],
  ["Swan", "Thiên nga"],
  ["Tiger", "Hổ"],
  ["Turtle", "Rùa"],
  ["Whale", "Cá voi"],
  ["Zebra", "Ngựa vằn"],
];

/** The display name of a visitor. */
export function nameOf({ id, name }: { readonly id: string; readonly name: string }, language: Language): string {
  return isAnonymous({ id, name }) ? placeholderName(id, language) : name;
}

/** Whether the name is the server's placeholder, "Visitor #" and the end of the id. */
export function isAnonymous({ id, name }: { readonly id: string; readonly name: string }): boolean {
  return name === `Visitor #${id.slice(-6)}`;
}

export function placeholderName(id: string, language: Language): string {
  const hash = hashOf(id);
  const [colour, mau] = COLOURS[hash % COLOURS.length]!;
  const [animal, con] = ANIMALS[Math.floor(hash / COLOURS.length) % ANIMALS.length]!;
  return language === "vi" ? `${con} ${mau}` : `${colour} ${animal}`;
}
