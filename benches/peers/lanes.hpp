// Numbers of one path (double) or of eight (V8, one 512-bit vector or what the compiler makes of it), the elementary
// functions of both, and random numbers found by their address. What is computed with them is in peer.cpp.
#pragma once
#include <cstdint>
#include <cstring>
#if defined(__AVX512F__)
#include <immintrin.h>
#endif

typedef double V8 __attribute__((vector_size(64)));
typedef int64_t I8 __attribute__((vector_size(64)));
typedef uint64_t U8 __attribute__((vector_size(64)));

template <class V> struct Kind;
template <> struct Kind<double> {
    using Mask = bool; using Int = int64_t; using Word = uint64_t;
    static constexpr int width = 1;
    static double from(Word w) { return (double)w; }
    static Int bits(double v) { Int i; std::memcpy(&i, &v, 8); return i; }
    static double real(Int i) { double v; std::memcpy(&v, &i, 8); return v; }
    static double whole(Int i) { return (double)i; }
};
template <> struct Kind<V8> {
    using Mask = I8; using Int = I8; using Word = U8;
    static constexpr int width = 8;
    static V8 from(Word w) { return __builtin_convertvector(w, V8); }
    static Int bits(V8 v) { return (I8)v; }
    static V8 real(Int i) { return (V8)i; }
    static V8 whole(Int i) { return __builtin_convertvector(i, V8); }
};

inline bool any(bool m) { return m; }
inline bool any(I8 m) {
#if defined(__AVX512F__)
    return _mm512_test_epi64_mask((__m512i)m, (__m512i)m) != 0;
#else
    int64_t o = 0;
    for (int i = 0; i < 8; i++) o |= m[i];
    return o != 0;
#endif
}
inline bool both(bool a, bool b) { return a && b; }
inline I8 both(I8 a, I8 b) { return a & b; }
inline bool nor(bool a) { return !a; }
inline I8 nor(I8 a) { return ~a; }
inline double pick(bool m, double a, double b) { return m ? a : b; }
inline V8 pick(I8 m, V8 a, V8 b) { return m ? a : b; }
template <class V> V least(V a, V b) { return pick(a < b, a, b); }
template <class V> V most(V a, V b) { return pick(a > b, a, b); }
template <class V> V all(double a) { return V{} + a; }
template <class V> V above0(V a) { return most(a, V{}); }
inline double root(double a) { return __builtin_sqrt(a); }
inline V8 root(V8 a) {
#if defined(__AVX512F__)
    return (V8)_mm512_sqrt_pd((__m512d)a);
#else
    for (int i = 0; i < 8; i++) a[i] = __builtin_sqrt(a[i]);
    return a;
#endif
}

constexpr double MAGIC = 6755399441055744.0;  // 1.5 · 2^52: adding it rounds to a whole number, kept in the low bits

// e^x for |x| < 700: x = k ln 2 + r, a Taylor polynomial in r by pairs.
template <class V> V expo(V x) {
    const V t = x * 1.4426950408889634 + MAGIC, k = t - MAGIC;
    const V r = (x - k * 0.69314718036912382) - k * 1.9082149292705877e-10;
    const V r2 = r * r, r4 = r2 * r2;
    const V a = (1.0 + r) + r2 * (0.5 + r * (1.0 / 6));
    const V b = (1.0 / 24 + r * (1.0 / 120)) + r2 * (1.0 / 720 + r * (1.0 / 5040));
    const V c = (1.0 / 40320 + r * (1.0 / 362880)) + r2 * (1.0 / 3628800 + r * (1.0 / 39916800));
    const V p = a + r4 * (b + r4 * c);
    return Kind<V>::real(Kind<V>::bits(p) + (Kind<V>::bits(t) << 52));
}
// ln x for a positive normal x: mantissa in [√½, √2), then 2 artanh((m − 1)/(m + 1)).
template <class V> V logo(V x) {
    const auto i = Kind<V>::bits(x);
    const auto e = (i - 0x3fe6a09e667f3bcd) >> 52;
    const V m = Kind<V>::real(i - (e << 52)), s = (m - 1.0) / (m + 1.0), z = s * s, z2 = z * z, z4 = z2 * z2;
    const V p = ((1.0 + z * (1.0 / 3)) + z2 * (1.0 / 5 + z * (1.0 / 7)))
              + z4 * (((1.0 / 9 + z * (1.0 / 11)) + z2 * (1.0 / 13 + z * (1.0 / 15))) + z4 * (1.0 / 17 + z * (1.0 / 19)));
    return Kind<V>::whole(e) * 0.69314718055994531 + 2.0 * s * p;
}

// Four words of 32 bits for each path of V, found by (seed, path, step, purpose): Philox4x32-10.
template <class V> struct Philox {
    using W = typename Kind<V>::Word;
    W path;
    uint32_t key;
    static W wide(W a, uint32_t m) {
#if defined(__AVX512F__)
        if constexpr (sizeof(W) == 64) return (W)_mm512_mul_epu32((__m512i)a, _mm512_set1_epi64(m));
        else
#endif
        return a * (uint64_t)m;
    }
    void block(uint32_t step, uint32_t purpose, W out[4]) const {
        W c0 = path, c1 = W{} + (uint64_t)step, c2 = W{} + (uint64_t)purpose, c3 = W{};
        uint32_t k0 = key, k1 = 0x726f756e;
        for (int r = 0; r < 10; r++, k0 += 0x9e3779b9, k1 += 0xbb67ae85) {
            const W p = wide(c0, 0xd2511f53), q = wide(c2, 0xcd9e8d57);
            c0 = (q >> 32) ^ c1 ^ (uint64_t)k0;
            c2 = (p >> 32) ^ c3 ^ (uint64_t)k1;
            c1 = q & 0xffffffffull;
            c3 = p & 0xffffffffull;
        }
        out[0] = c0; out[1] = c1; out[2] = c2; out[3] = c3;
    }
    static V share(W w) { return (Kind<V>::from(w) + 0.5) * 0x1p-32; }
    // Two standard normals of two words (Box and Muller): the angle by quarters of a turn.
    static void normals(W w, W turn, V& a, V& b) {
        const V radius = root(-2.0 * logo(share(w))), q = share(turn) * 4.0, t = q + MAGIC;
        const V x = (q - (t - MAGIC)) * 1.5707963267948966, x2 = x * x;
        const V s = x * (1.0 + x2 * (-1.0 / 6 + x2 * (1.0 / 120 + x2 * (-1.0 / 5040 + x2 * (1.0 / 362880 + x2 * (-1.0 / 39916800))))));
        const V c = 1.0 + x2 * (-0.5 + x2 * (1.0 / 24 + x2 * (-1.0 / 720 + x2 * (1.0 / 40320 + x2 * (-1.0 / 3628800)))));
        const auto quarter = Kind<V>::bits(t);
        const auto odd = (quarter & 1) != 0;
        const V cosine = pick(odd, s, c), sine = pick(odd, c, s);
        a = radius * pick(((quarter + 1) & 2) != 0, -cosine, cosine);
        b = radius * pick((quarter & 2) != 0, -sine, sine);
    }
    void four(uint32_t step, uint32_t purpose, V z[4]) const {
        W w[4];
        block(step, purpose, w);
        normals(w[0], w[1], z[0], z[1]);
        normals(w[2], w[3], z[2], z[3]);
    }
};
