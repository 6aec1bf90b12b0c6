// A product in the room that the phone sees: one ARCore frame, the planes found so far, one `place` job.
// The reading of `arviz.frame/1`: docs/concepts/captures.md. Needs OkHttp; call it off the main thread.
package example

import com.google.ar.core.Frame
import com.google.ar.core.LightEstimate
import com.google.ar.core.Plane
import com.google.ar.core.Session
import com.google.ar.core.TrackingState
import java.util.UUID
import java.util.concurrent.TimeUnit
import okhttp3.MediaType.Companion.toMediaType
import okhttp3.OkHttpClient
import okhttp3.Request
import okhttp3.RequestBody.Companion.toRequestBody
import org.json.JSONArray
import org.json.JSONObject

class Refused(val code: String, detail: String) : Exception("$code: $detail")

/** The key comes from your own server and may do no more than `upload`, `jobs` and `read`: an app can be taken apart. */
class RenderService(private val url: String, private val key: String) {
    private val http = OkHttpClient.Builder().readTimeout(60, TimeUnit.SECONDS).build()

    /** What ARCore knows of a frame; call it on the thread of the session, while the frame is the newest. */
    fun describe(session: Session, frame: Frame): JSONObject {
        val camera = frame.camera
        val k = camera.imageIntrinsics // of the CPU image, not of the texture: the photo must be that image
        val (fx, fy) = k.focalLength
        val (cx, cy) = k.principalPoint
        val (width, height) = k.imageDimensions
        val pose = FloatArray(16).also { camera.pose.toMatrix(it, 0) }
        val image = JSONObject()
            .put("image", "photo.jpg")
            .put("time_s", frame.timestamp / 1e9)
            .put("width_px", width)
            .put("height_px", height)
            .put("k", JSONArray("[[$fx, 0, $cx], [0, $fy, $cy], [0, 0, 1]]"))
            .put("world_from_camera", numbers(pose))
        val planes = JSONArray()
        for (plane in session.getAllTrackables(Plane::class.java)) {
            if (plane.trackingState != TrackingState.TRACKING || plane.subsumedBy != null) continue
            val transform = FloatArray(16).also { plane.centerPose.toMatrix(it, 0) }
            val around = JSONArray()
            val polygon = plane.polygon
            while (polygon.remaining() >= 2) around.put(JSONArray().put(polygon.get().toDouble()).put(polygon.get().toDouble()))
            val kind = when (plane.type) {
                Plane.Type.VERTICAL -> "wall"
                Plane.Type.HORIZONTAL_DOWNWARD_FACING -> "ceiling"
                else -> null // a floor or a table: arviz sees which by its height
            }
            val told = JSONObject().put("transform", numbers(transform)).put("boundary_m", around)
            planes.put(if (kind == null) told else told.put("kind", kind))
        }
        val told = JSONObject().put("schema", "arviz.frame/1").put("frames", JSONArray().put(image)).put("planes", planes)
        val light = frame.lightEstimate
        if (light.state == LightEstimate.State.VALID && light.environmentalHdrAmbientSphericalHarmonics != null) {
            told.put(
                "light",
                JSONObject()
                    .put("kind", "arcore")
                    .put("sh", numbers(light.environmentalHdrAmbientSphericalHarmonics))
                    .put("main_direction", numbers(light.environmentalHdrMainLightDirection))
                    .put("main_intensity", numbers(light.environmentalHdrMainLightIntensity)),
            )
        }
        return told
    }

    /** Return the photo with the product in it, as JPEG. The photo is `frame.acquireCameraImage()` as JPEG, not turned. */
    fun place(asset: String, photo: ByteArray, document: JSONObject): ByteArray {
        val inputs = JSONObject()
            .put("product", asset)
            .put("photo.jpg", upload(photo, "photo.jpg"))
            .put("session.json", upload(document.toString().toByteArray(), "session.json"))
        val options = JSONObject().put("sources", JSONArray().put("session.json")).put("photo", "photo.jpg").put("picture", "jpg")
        val asked = JSONObject().put("kind", "place").put("inputs", inputs).put("options", options)
        val body = asked.toString().toByteArray().toRequestBody("application/json".toMediaType())
        val start = request("/v1/jobs").header("Idempotency-Key", UUID.randomUUID().toString()).post(body).build()
        var job = JSONObject(String(send(start)))
        while (job.getString("state") in setOf("queued", "running")) {
            job = JSONObject(String(send(request("/v1/jobs/${job.getString("id")}").header("Prefer", "wait=20").build())))
        }
        if (job.getString("state") != "done") {
            val error = job.optJSONObject("error")
            throw Refused(error?.getString("code") ?: job.getString("state"), error?.getString("message") ?: "")
        }
        return send(request("/v1/jobs/${job.getString("id")}/files/picture").build())
    }

    private fun upload(data: ByteArray, name: String): String {
        val body = data.toRequestBody("application/octet-stream".toMediaType())
        return JSONObject(String(send(request("/v1/sources?name=$name").put(body).build()))).getString("source")
    }

    private fun request(path: String) = Request.Builder().url(url + path).header("Authorization", "Bearer $key")

    private fun send(request: Request): ByteArray = http.newCall(request).execute().use { answer ->
        val data = answer.body!!.bytes()
        if (!answer.isSuccessful) JSONObject(String(data)).let { throw Refused(it.getString("code"), it.getString("detail")) }
        data
    }

    private fun numbers(values: FloatArray) = JSONArray().also { list -> values.forEach { list.put(it.toDouble()) } }
}
