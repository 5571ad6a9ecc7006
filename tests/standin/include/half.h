// CuPy's class float16: implicit from and to float, explicit from other numbers; arithmetic is float's.
namespace device {
namespace standin {
static inline unsigned short half_bits(double value) {  // to nearest, ties to even
  uint64_t bits;
  memcpy(&bits, &value, 8);
  const unsigned short sign = (bits >> 48) & 0x8000;
  const int exponent = (int)((bits >> 52) & 0x7ff) - 1023;
  if (exponent == 1024) return sign | ((bits & 0xfffffffffffffull) ? 0x7e00 : 0x7c00);
  if (exponent > 15) return sign | 0x7c00;
  if (exponent < -25) return sign;
  const uint64_t digits = (bits & 0xfffffffffffffull) | 0x10000000000000ull;
  const int drop = exponent < -14 ? 42 + (-14 - exponent) : 42;
  const uint64_t rest = digits & ((1ull << drop) - 1), half = 1ull << (drop - 1);
  uint64_t kept = digits >> drop;
  kept += rest > half || (rest == half && (kept & 1));
  return sign | (unsigned short)(exponent < -14 ? kept : kept + ((uint64_t)(exponent + 14) << 10));
}

static inline float half_value(unsigned short bits) {
  const int exponent = (bits >> 10) & 31, digits = bits & 0x3ff;
  float value;
  if (exponent == 31) value = digits ? __builtin_nanf("") : __builtin_inff();
  else if (exponent) value = ::ldexpf((float)(digits | 0x400), exponent - 25);
  else value = ::ldexpf((float)digits, -24);
  return bits & 0x8000 ? -value : value;
}
}  // namespace standin

struct __half_raw { unsigned short x; };

class float16 {
  unsigned short data_;

 public:
  float16() = default;
  float16(float v) : data_(standin::half_bits(v)) {}
  explicit float16(bool v) : float16((float)v) {}
  explicit float16(double v) : data_(standin::half_bits(v)) {}
  explicit float16(int v) : float16((float)v) {}
  explicit float16(unsigned int v) : float16((float)v) {}
  explicit float16(long long v) : float16((float)v) {}
  explicit float16(unsigned long long v) : float16((float)v) {}
  operator float() const { return standin::half_value(data_); }
  float16 &operator=(const float16 &) = default;
  float16(const float16 &) = default;
  template <class T> float16 &operator=(const T &v) { return *this = static_cast<float16>(v); }
  template <class T> float16 &operator+=(const T &v) { return *this = *this + v; }
  template <class T> float16 &operator-=(const T &v) { return *this = *this - v; }
  template <class T> float16 &operator*=(const T &v) { return *this = *this * v; }
  template <class T> float16 &operator/=(const T &v) { return *this = *this / v; }
  unsigned short to_bits() const { return data_; }
  static float16 from_bits(unsigned short bits) {
    float16 made;
    made.data_ = bits;
    return made;
  }
  int iszero() const { return !(data_ & 0x7fff); }
  int isnan() const { return (data_ & 0x7fff) > 0x7c00; }
  int isinf() const { return (data_ & 0x7fff) == 0x7c00; }
  int isfinite() const { return (data_ & 0x7c00) != 0x7c00; }
  int signbit() const { return (data_ & 0x8000) != 0; }
};
typedef float16 __half;
typedef float16 half;

inline float16 __float2half(float v) { return float16(v); }
inline float16 __float2half_rn(float v) { return float16(v); }
inline float __half2float(float16 v) { return v; }
inline unsigned short __half_as_ushort(float16 v) { return v.to_bits(); }
inline float16 __ushort_as_half(unsigned short v) { return float16::from_bits(v); }
inline int iszero(float16 v) { return v.iszero(); }
inline int isnan(float16 v) { return v.isnan(); }
inline int isinf(float16 v) { return v.isinf(); }
inline int isfinite(float16 v) { return v.isfinite(); }
inline int signbit(float16 v) { return v.signbit(); }
}  // namespace device
