// Something is here, at this height (0..1).
out vec2 moments;

void main() {
    moments = vec2(1.0, gl_FragCoord.z);
}
