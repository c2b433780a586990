/** What bundles of movies call things, in Vietnamese; other bundles' words stay as they are. */

const TERMS: Readonly<Record<string, string>> = {
  movie: "phim",
  movies: "phim",
  genre: "thể loại",
  genres: "thể loại",
  item: "mục",
  items: "mục",
  label: "nhãn",
  labels: "nhãn",
  title: "tựa đề",
  year: "năm",
  poster: "áp phích",
  ratings: "lượt đánh giá",
  text: "văn bản",
  image: "hình ảnh",
  price: "giá",
  brand: "thương hiệu",
  photo: "ảnh",
};

/** MovieLens' genres. */
const LABELS: Readonly<Record<string, string>> = {
  Action: "Hành động",
  Adventure: "Phiêu lưu",
  Animation: "Hoạt hình",
  "Children's": "Thiếu nhi",
  Comedy: "Hài",
  Crime: "Tội phạm",
  Documentary: "Tài liệu",
  Drama: "Chính kịch",
  Fantasy: "Kỳ ảo",
  "Film-Noir": "Phim noir",
  Horror: "Kinh dị",
  IMAX: "IMAX",
  Musical: "Nhạc kịch",
  Mystery: "Bí ẩn",
  Romance: "Lãng mạn",
  "Sci-Fi": "Viễn tưởng",
  Thriller: "Giật gân",
  War: "Chiến tranh",
  Western: "Viễn Tây",
};

export const term = (word: string): string => (Object.hasOwn(TERMS, word) ? TERMS[word]! : word);

export const label = (name: string): string => (Object.hasOwn(LABELS, name) ? LABELS[name]! : name);
