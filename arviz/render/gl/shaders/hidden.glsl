// Share of a fragment that the depth of a photo leaves to see (arviz/render/gl/hidden.py).
float visible_share() {
    return 1.0;
}
