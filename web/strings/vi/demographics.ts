/** MovieLens' occupations, genders and ages, in Vietnamese; other data sets' stay as they are. */

const NAMES: Readonly<Record<string, string>> = {
  female: "nữ",
  male: "nam",
  other: "khác",
  "academic or educator": "giảng viên hoặc nhà giáo",
  artist: "nghệ sĩ",
  "clerical or administrative": "văn thư hoặc hành chính",
  "college or graduate student": "sinh viên hoặc học viên cao học",
  "customer service": "chăm sóc khách hàng",
  "doctor or health care": "bác sĩ hoặc y tế",
  "executive or managerial": "điều hành hoặc quản lý",
  farmer: "nông dân",
  homemaker: "nội trợ",
  "school student": "học sinh",
  lawyer: "luật sư",
  programmer: "lập trình viên",
  retired: "đã nghỉ hưu",
  "sales or marketing": "bán hàng hoặc tiếp thị",
  scientist: "nhà khoa học",
  "self-employed": "tự kinh doanh",
  "technician or engineer": "kỹ thuật viên hoặc kỹ sư",
  "tradesman or craftsman": "thợ thủ công",
  unemployed: "thất nghiệp",
  writer: "nhà văn",
  "any age": "mọi lứa tuổi",
};

/** Names with a number in them. */
const PATTERNS: readonly [RegExp, string][] = [
  [/^under (\d+)$/, "dưới $1"],
  [/^(\d+) and over$/, "từ $1 trở lên"],
  [/^(\d+) to (\d+)$/, "$1 đến $2"],
  [/^occupation (\d+)$/, "nghề số $1"],
];

export function demographic(name: string): string {
  if (Object.hasOwn(NAMES, name)) return NAMES[name]!;
  const found = PATTERNS.find(([pattern]) => pattern.test(name));
  return found ? name.replace(...found) : name;
}
