/** The words of which placeholder names of visitors are made, in English: kind, in use, no first names of people, and
 *  none that means something else in slang. Other languages have the same words in the same places. */

export const en = {
  order: "{first} {second}",
  first:
    "Bright, Azure, Bronze, Calm, Crimson, Emerald, Golden, Indigo, Gentle, Cheerful, Lilac, Swift, Lively, Kind, " +
    "Purple, Merry, Silver, Teal, Topaz, Sunny",
  second:
    "Chamois, Bear, Chipmunk, Cricket, Ladybird, Camel, Crane, Deer, Dolphin, Dove, Dragonfly, Eagle, Elephant, " +
    "Falcon, Finch, Reindeer, Gazelle, Giraffe, Kangaroo, Hedgehog, Heron, Kingfisher, Koala, Lark, Leopard, Lion, " +
    "Lynx, Flamingo, Firefly, Nightingale, Otter, Pelican, Panda, Seagull, Puffin, Penguin, Seahorse, Honeybee, " +
    "Starfish, Sparrow, Squirrel, Salmon, Narwhal, Swan, Tiger, Turtle, Manta, Zebra",
} as const;

export type Key = keyof typeof en;
export type Texts = Readonly<Record<Key, string>>;
